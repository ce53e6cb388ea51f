"""What every table has in common."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    MetaData,
    Numeric,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# 10.5 digits is the widest money a ledger takes; prices and quantities keep their decimals.
Money = Numeric(18, 5)
Exact = Numeric()


class Base(DeclarativeBase):
    """Map Python types to columns: text without length, aware times, exact numbers."""

    # Given to the registry, not to the class: Flask-SQLAlchemy derives a second base from this one.
    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            str: Text,
            int: BigInteger,
            datetime: DateTime(timezone=True),
            date: Date,
            Decimal: Money,
            dict[str, Any]: JSONB,
            list[Any]: JSONB,
        },
    )


class Row(Base):
    """A table with a number for a key and the moment it was made."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WorkspaceRow(Row):
    """A table whose rows belong to one workspace; see app/models/scope.py."""

    __abstract__ = True

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)


def one_of(column: str, values: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """Let the database refuse any word that is not in the list."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")
