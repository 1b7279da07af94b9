"""Addresses of the information board."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import board

BOARD: list[URLPattern] = [
    path("board/", board.board_table, name="board"),
    path("board/new/", board.post_form, name="board_new"),
    path("board/posts/<uuid:post_id>/", board.post_page, name="board_post"),
    path("board/posts/<uuid:post_id>/withdraw/", board.post_withdraw, name="board_withdraw"),
    path("board/posts/<uuid:post_id>/negotiate/", board.deal_begin, name="board_begin"),
    path("board/deals/<uuid:deal_id>/", board.deal_page, name="board_deal"),
    path("board/deals/<uuid:deal_id>/step/", board.deal_step, name="board_step"),
]
