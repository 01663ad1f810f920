# SPDX-License-Identifier: Apache-2.0
import hashlib
import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/")
def index():
    return jsonify(app="python", sqlite=sqlite3.connect(":memory:").execute("SELECT 6 * 7").fetchone()[0])


@app.post("/digest")
def digest():
    return jsonify(sha256=hashlib.sha256(request.get_data()).hexdigest())
