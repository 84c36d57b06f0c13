"""Counts visits in PostgreSQL and says which replica answered. `--check`: does the server of this container answer?"""
import http.client
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

PORT = 8000
REPLICA = socket.gethostname()


def database():
    with open(os.environ["DATABASE_PASSWORD_FILE"], encoding="utf-8") as file:
        password = file.read().strip()
    return psycopg2.connect(host=os.environ["DATABASE_HOST"], dbname=os.environ["DATABASE_NAME"], user=os.environ["DATABASE_USER"],
                            password=password, connect_timeout=3)


def visit():
    """Keeps one more visit and returns how many there are."""
    connection = database()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO visits (replica) VALUES (%s)", (REPLICA,))
            cursor.execute("SELECT count(*) FROM visits")
            return cursor.fetchone()[0]
    finally:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(200, "ok\n")
        elif self.path != "/":
            self.answer(404, "nothing here\n")
        else:
            try:
                self.answer(200, f"hello from {REPLICA}, visit {visit()}\n")
            except psycopg2.Error as error:
                self.log_error("database: %s", error)
                self.answer(503, "the database does not answer\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    if "--check" in sys.argv:
        # Not by urllib: it would ask the proxy that a container inherits from ~/.docker/config.json.
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=3)
        connection.request("GET", "/health")
        sys.exit(connection.getresponse().status != 200)
    server = ThreadingHTTPServer(("", PORT), Handler)
    # Process 1 of a container ends on no signal that it has not asked for.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{REPLICA} answers on port {PORT}", flush=True)
    server.serve_forever()


main()
