"""A server on loopback that speaks as much of the Hugging Face Hub's protocol as fetching a model needs."""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

READER = "hf_ReaderTokenThatNobodyMaySee"


@dataclass
class Model:
    """A repository of a model."""

    files: dict[str, bytes]
    gated: bool = False
    commit: str = ""

    def __post_init__(self) -> None:
        """A commit's hash depends on its files."""
        digests = [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in sorted(self.files.items())]
        self.commit = hashlib.sha1("\n".join(digests).encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def of(cls, folder: Path, **more: Any) -> "Model":
        """The files of a folder."""
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}, **more)


@dataclass
class FakeHub:
    """The server; start it with a ``with`` block."""

    models: dict[str, Model] = field(default_factory=dict)
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)  # method, path, authorization

    def __enter__(self) -> "FakeHub":
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hub = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: FakeHub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path, authorization = unquote(urlsplit(self.path).path), self.headers.get("Authorization")
        self.server.hub.seen.append((self.command, path, authorization))
        about = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+))?", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        match = about or file
        name, revision = (match[1], match[3] if about else match[2]) if match else ("", "")
        model = self.server.hub.models.get(name)
        if model is None:
            self._refuse(401, "RepoNotFound", "Invalid username or password.")
        elif revision not in (None, "main", model.commit):
            self._refuse(404, "RevisionNotFound", "Invalid rev id")
        elif about:
            self._json(_tree(model) if about[2] == "tree" else _info(name, model))
        elif model.gated and authorization != f"Bearer {READER}":
            self._refuse(401, "GatedRepo", f"Access to model {name} is restricted.")
        elif file and (content := model.files.get(file[3])) is not None:
            self._file(file[3], content, model.commit)
        else:
            self._refuse(404, "EntryNotFound", "Entry not found")

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": message})

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _file(self, name: str, content: bytes, commit: str) -> None:
        headers = {"X-Repo-Commit": commit, "ETag": f'"{_oid(content)}"', "Accept-Ranges": "bytes"}
        if name.endswith(".safetensors"):
            digest = hashlib.sha256(content).hexdigest()
            headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content)), "ETag": f'"{digest}"'}
        self._send(200, content, headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _info(name: str, model: Model) -> dict[str, Any]:
    siblings = [{"rfilename": file} for file in model.files]
    about = {"id": name, "modelId": name, "private": False, "gated": "auto" if model.gated else False, "tags": []}
    return {**about, "sha": model.commit, "siblings": siblings, "downloads": 0, "likes": 0}


def _tree(model: Model) -> list[dict[str, Any]]:
    entries = []
    for name, content in model.files.items():
        entry: dict[str, Any] = {"type": "file", "path": name, "size": len(content), "oid": _oid(content)}
        if name.endswith(".safetensors"):
            entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        entries.append(entry)
    return entries
