"""The rules of the house that ruff, mypy and import-linter do not know, checked on the syntax tree.

Run `python -m tools.lint`. A finding is waived where the code stands with a comment that names the rule
and the reason, and only so:

    row = Order.objects.get(pk=pk)  # lint-skip: tenant-scope the key was read in scope above
"""
