"""Takes the boards of a webhook and shows them: receiver.py PORT SECRET_FILE"""
import base64, hashlib, hmac, json, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRETS = [base64.b64decode(line.removeprefix("whsec_")) for line in open(sys.argv[2]).read().split()]
shown, turn = {}, threading.Lock()

def is_genuine(headers, body):
    """Whether one of our secrets has signed it, and not long ago (Standard Webhooks)."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    ours = ["v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in SECRETS]
    given = headers["webhook-signature"].split()
    is_fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return is_fresh and any(hmac.compare_digest(a, b) for a in ours for b in given)

def show(board):  # a board is complete: it takes the place of the one before
    with turn:
        if board["revision"] > shown.get(board["stay"], 0):  # the same may come again
            shown[board["stay"]] = board["revision"]
            items = (item["text"] for item in board["items"])
            print(board["revision"], board.get("room"), board["guest"], *items, flush=True)

class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        genuine = is_genuine(self.headers, body)
        if genuine:
            show(json.loads(body)["data"])
        self.send_response(204 if genuine else 401)  # only what is answered with 2xx is not sent again
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
