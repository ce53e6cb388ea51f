"""QuickBooks Online."""

from __future__ import annotations

from typing import Any

KIND: Any = None
