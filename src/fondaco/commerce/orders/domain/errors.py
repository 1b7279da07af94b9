"""What can be wrong with a file of orders, and with what is asked of orders."""

from __future__ import annotations

from fondaco.kernel.errors import Conflict, NotFound, Refused


class BadFile(Refused):
    code = "bad-file"
    title = "This file cannot be read as a table of orders."
    remedy = "Give a CSV, XLSX or JSON file with one heading row, at most 512 MB, plain or .gz/.xz."


class BadEncoding(BadFile):
    code = "bad-encoding"
    title = "The text of this file is in no encoding that we know."
    remedy = "Save it as CSV UTF-8."


class FileBomb(BadFile):
    code = "file-bomb"
    title = "This file unpacks to far more than a table of orders needs."
    remedy = "Unpack it yourself and split it into files of at most 512 MB."


class MissingColumns(BadFile):
    code = "missing-columns"
    title = "The file lacks columns that the mapping names."
    remedy = "Rename the columns or choose another mapping."


class DuplicateColumns(BadFile):
    code = "duplicate-columns"
    title = "Two columns of the file have the same heading."
    remedy = "Rename one of them."


class UnknownBuyer(Refused):
    code = "unknown-buyer"
    title = "An order names a buyer for whom no organisation was given."
    remedy = "Make the buyers' organisations first and pass their ids."


class OrderNotFound(NotFound):
    code = "order-not-found"
    title = "There is no such order here."


class UploadNotFound(NotFound):
    code = "upload-not-found"
    title = "There is no such upload."
    remedy = "Look at the list of imports."


class ViewNotFound(NotFound):
    code = "view-not-found"
    title = "There is no such saved view here."


class BadFilter(Refused):
    code = "bad-filter"
    title = "This filter is not known."
    remedy = "Choose one of the states, sorts and countries that the list offers."


class OrderInProgress(Conflict):
    code = "order-in-progress"
    title = "The order has already moved on; its content cannot be replaced."
    remedy = "Cancel the order or send a credit note instead."
