"""ClickHouse's engine behind as much of its HTTP interface as a statement needs: POST, settings in the query, a
password, an exception as text with status 500, or as a line of the format once rows have gone out."""

import base64
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb import session

USER, PASSWORD = os.environ["CHDB_USER"], os.environ["CHDB_PASSWORD"]
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
NO_SETTINGS = {"database", "query_id", "client_name", "cancel_http_readonly_queries_on_client_close"}
engine, one = session.Session(), threading.Lock()


def literal(value):
    return value if value.replace(".", "", 1).isdigit() else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        sql = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.headers["authorization"] != BASIC:
            words = f"Code: 516. DB::Exception: {USER}: Authentication failed. (AUTHENTICATION_FAILED)"
            return self.answer(403, words.encode())
        asked = [(k, v) for k, v in parse_qsl(urlsplit(self.path).query) if k not in NO_SETTINGS]
        settings = ", ".join(f"{name} = {literal(value)}" for name, value in asked)
        try:
            with one:
                rows = engine.query(f"{sql} SETTINGS {settings}" if settings else sql).bytes()
            self.answer(200, rows)
        except Exception as error:
            self.answer(500, str(error).encode())

    def do_GET(self):
        self.answer(200, b"Ok.\n")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
