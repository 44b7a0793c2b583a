# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""A provider that speaks HTTP/2 without TLS, in a thread; it answers every prompt with "by two"."""

import json
import socket
import threading

import h2.config
import h2.connection
import h2.events

import provider

#: The header fields of every request, as they came.
headers = []


def serve():
    """The port on loopback where it serves one connection after the other."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=[listener], daemon=True).start()
    return listener.getsockname()[1]


def _serve(listener):
    while True:
        peer, _ = listener.accept()
        with peer:
            _answer(peer)


def _answer(peer):
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    peer.sendall(connection.data_to_send())
    while data := peer.recv(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                headers.append({bytes(name).decode(): bytes(value).decode() for name, value in event.headers})
            if isinstance(event, h2.events.StreamEnded):
                answer = json.dumps(provider.answer("by two")).encode()
                connection.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/json")])
                connection.send_data(event.stream_id, answer, end_stream=True)
        peer.sendall(connection.data_to_send())
