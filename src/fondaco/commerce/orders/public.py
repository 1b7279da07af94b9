"""The door of the orders room."""

from fondaco.commerce.orders.advancing import advance, advance_returns
from fondaco.commerce.orders.domain.book import (
    BookLine,
    BookOrder,
    BookProduct,
    BookReturn,
    BuyerRow,
    ParsedBook,
    RejectedRow,
)
from fondaco.commerce.orders.domain.errors import (
    BadEncoding,
    BadFile,
    BadFilter,
    DuplicateColumns,
    FileBomb,
    MissingColumns,
    OrderInProgress,
    OrderNotFound,
    UnknownBuyer,
    ViewNotFound,
)
from fondaco.commerce.orders.domain.mapping import (
    ONLINE_RETAIL,
    PRESETS,
    BadMapping,
    ColumnMapping,
    guess_columns,
)
from fondaco.commerce.orders.dto import (
    AdvanceResult,
    ImportPreview,
    ImportReport,
    OrderDTO,
    OrderLineDTO,
    PreviewRow,
    ReturnDTO,
    ReturnLineDTO,
    StoreResult,
)
from fondaco.commerce.orders.importing import (
    import_orders,
    open_book,
    preview_import,
    read_orders,
    rejected_lines,
    write_rejects,
)
from fondaco.commerce.orders.selectors import (
    BatchDTO,
    OrderFilter,
    OrderPage,
    RejectDTO,
    ViewDTO,
    batch_detail,
    count_by_state,
    destinations_of,
    list_batches,
    list_orders,
    list_returns,
    order_detail,
    orders_by_ids,
    orders_in_state,
    returns_in_state,
    returns_of_order,
    saved_views,
)
from fondaco.commerce.orders.services import delete_view, mappings_of, save_mapping, save_view
from fondaco.commerce.orders.states import (
    ORDER_MACHINE,
    RETURN_MACHINE,
    BatchState,
    LineKind,
    OrderState,
    ReturnState,
)
from fondaco.commerce.orders.storing import link_returns, store_orders

__all__ = [
    "ONLINE_RETAIL", "ORDER_MACHINE", "PRESETS", "RETURN_MACHINE",
    "AdvanceResult", "BadEncoding", "BadFile", "BadFilter", "BadMapping", "BatchDTO", "BatchState",
    "BookLine", "BookOrder", "BookProduct", "BookReturn", "BuyerRow", "ColumnMapping", "DuplicateColumns",
    "FileBomb", "ImportPreview", "ImportReport", "LineKind", "MissingColumns", "OrderDTO", "OrderFilter",
    "OrderInProgress", "OrderLineDTO", "OrderNotFound", "OrderPage", "OrderState", "ParsedBook", "PreviewRow",
    "RejectDTO", "RejectedRow", "ReturnDTO", "ReturnLineDTO", "ReturnState", "StoreResult", "UnknownBuyer",
    "ViewDTO", "ViewNotFound",
    "advance", "advance_returns", "batch_detail", "count_by_state", "delete_view", "destinations_of",
    "guess_columns", "import_orders", "link_returns", "list_batches", "list_orders", "list_returns",
    "mappings_of", "open_book", "order_detail", "orders_by_ids", "orders_in_state", "preview_import",
    "read_orders", "rejected_lines", "returns_in_state", "returns_of_order", "save_mapping", "save_view",
    "saved_views", "store_orders", "write_rejects",
]  # fmt: skip
