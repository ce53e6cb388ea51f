"""Take uploads: a file and what it belongs to (facts: quickbooks 6.12)."""

from __future__ import annotations

import json
from typing import Any

from simulator import json_text
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import Fault, not_found, required

# 17 types may be uploaded; a file of any other is refused with 6041.
_TYPES = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/tiff": ("tif", "tiff"),
    "text/csv": ("csv",),
    "text/plain": ("txt",),
    "text/xml": ("xml",),
    "application/msword": ("doc",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/rtf": ("rtf",),
    "application/postscript": ("ai", "eps"),
}
_LARGEST = 100 * 1024 * 1024
_FIRST_ID = 5_000_000_000_000_000_000  # recorded ids are of this size
_OPENING = {"application/pdf": b"%PDF-"}


def upload(books: Books, body: bytes, content_type: str) -> str:
    """Attach one file and return the text of the answer; a refusal of it comes with a 200."""
    about, content = _parts(body, content_type)
    try:
        answer: Document = {"Attachable": _attach(books, about, content)}
    except Fault as fault:
        answer = {"Fault": fault.body()}
    return f'"AttachableResponse":[{json_text.dumps(answer)}]'


def _parts(body: bytes, content_type: str) -> tuple[dict[str, Any], bytes]:
    """Read the two parts of a multipart body. Raise 2010 for anything else."""
    kind, _, given = content_type.partition("boundary=")
    boundary = given.strip().strip('"').encode()
    if not kind.lower().startswith("multipart/form-data") or not boundary:
        raise Fault("2010", "Request has no multipart body")
    found: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        for name in ("file_metadata_01", "file_content_01"):
            if f'name="{name}"'.encode() in head:
                found[name] = content.removesuffix(b"\r\n")
    if len(found) != 2:
        raise required("file_metadata_01 and file_content_01")
    try:
        about = json.loads(found["file_metadata_01"].decode())
    except ValueError as error:
        raise Fault("2010", f"Property Name:{error} specified is unsupported or invalid") from error
    return about, found["file_content_01"]


def _attach(books: Books, about: dict[str, Any], content: bytes) -> Document:
    name, kind = str(about.get("FileName") or ""), str(about.get("ContentType") or "")
    if not name:
        raise required("FileName")
    ending = name.rpartition(".")[2].lower()
    if ending not in _TYPES.get(kind, ()) or not content.startswith(_OPENING.get(kind, b"")):
        raise Fault("6041", f"Uploaded file is bad or its type is not allowed: {name}", "")
    if not content or len(content) > _LARGEST:
        raise Fault("6040", f"The file {name} is empty or too large.", "")
    for reference in about.get("AttachableRef") or []:
        target = reference["EntityRef"]
        if books.get(target["type"], str(target["value"])) is None:
            raise not_found()
    identifier = str(_FIRST_ID + int(books.next_id("Attachable")))
    fields = {
        "AttachableRef": about.get("AttachableRef") or [],
        "FileName": name,
        "FileAccessUri": f"/v3/company/{books.realm}/download/{identifier}",
        "TempDownloadUri": f"https://download.example/{identifier}",
        "Size": len(content),
        "ContentType": kind,
    }
    return books.insert("Attachable", fields, identifier)


def attached_to(books: Books, kind: str, identifier: str) -> list[Document]:
    """Return what is attached to a document."""
    return [
        one
        for one in books.all("Attachable")
        if any(
            (r["EntityRef"]["type"], str(r["EntityRef"]["value"])) == (kind, identifier)
            for r in one["AttachableRef"]
        )
    ]
