#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A small client of the Container Runtime Interface, as the kubelet is one.

    cri-client.py SOCKET CONTAINERD

reads lines of `METHOD JSON` and answers each with one line: `ok JSON`, or `failed TEXT` with what the caller of the interface is told.
The interface's description is the one that the program CONTAINERD has in it. Beside its methods there is

    Stream {"url": ..., "stdin": ...}       what an URL of Exec or Attach gives: {"stdout", "stderr", "status"}
"""
import base64
import json
import mmap
import os
import socket
import struct
import sys
import urllib.parse
import zlib

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

PACKAGE = 'runtime.v1'
TIMEOUT = 120


def description(program):
    """Go programs carry the descriptions of their interfaces compressed; this one's is told by its package."""
    with open(program, 'rb') as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as text:
        at = -1
        while (at := text.find(b'\x1f\x8b\x08', at + 1)) >= 0:
            found = descriptor_pb2.FileDescriptorProto()
            try:
                found.ParseFromString(zlib.decompressobj(31).decompress(text[at:at + (1 << 18)]))
            except Exception:       # other bytes that begin like a compressed file
                continue
            if found.package == PACKAGE:
                del found.dependency[:]     # only names of Go things
                return found
    sys.exit(f'{program} has no description of {PACKAGE}')


class Client:
    def __init__(self, path, program):
        pool = descriptor_pool.DescriptorPool()
        file = pool.Add(description(program)) or pool.FindFileByName('api.proto')
        factory = message_factory.MessageFactory(pool)
        channel = grpc.insecure_channel(f'unix://{path}', options=[
            ('grpc.enable_http_proxy', 0), ('grpc.initial_reconnect_backoff_ms', 100), ('grpc.max_reconnect_backoff_ms', 500)])
        self.methods = {}
        for service in file.services_by_name.values():
            for method in service.methods:
                answer = factory.GetPrototype(method.output_type)
                call = channel.unary_unary(f'/{service.full_name}/{method.name}',
                                           request_serializer=lambda m: m.SerializeToString(), response_deserializer=answer.FromString)
                self.methods[method.name] = (factory.GetPrototype(method.input_type), call)

    def call(self, name, text):
        if name == 'Stream':
            return stream(**json.loads(text))
        request, call = self.methods[name]
        answer = call(json_format.Parse(text, request()), timeout=TIMEOUT)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True, including_default_value_fields=True)


def read_exactly(f, size):
    data = f.read(size)
    if len(data) != size:
        raise EOFError
    return data


def stream(url, stdin=''):
    """By WebSocket (RFC 6455), the first byte of each message being its channel: 0 to 2, and 3 for how it ended."""
    where = urllib.parse.urlparse(url)
    with socket.create_connection((where.hostname, where.port), timeout=TIMEOUT) as s:
        f = s.makefile('rb')
        s.sendall((f'GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                   f'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n'
                   'Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n').encode())
        head = f.readline()
        if b' 101 ' not in head:
            raise RuntimeError(head.decode())
        while f.readline() != b'\r\n':
            pass
        if stdin:
            data = b'\0' + stdin.encode()
            s.sendall(struct.pack('!BBHI', 0x82, 0x80 | 126, len(data), 0) + data)      # masked with zeros
        out = {1: b'', 2: b'', 3: b''}
        try:
            while True:
                kind, size = struct.unpack('!BB', read_exactly(f, 2))
                if size & 127 >= 126:
                    size = struct.unpack(*(('!H', read_exactly(f, 2)) if size == 126 else ('!Q', read_exactly(f, 8))))[0]
                data = read_exactly(f, size)
                if kind & 15 == 8:
                    break
                if data[:1] and data[0] in out:
                    out[data[0]] += data[1:]
        except (EOFError, ConnectionError):
            pass
    status = json.loads(out[3]) if out[3] else {}
    return {'stdout': out[1].decode(), 'stderr': out[2].decode(), 'status': status.get('message') or status.get('status')}


def main():
    client = Client(*sys.argv[1:])
    for line in sys.stdin:
        name, _, text = line.partition(' ')
        try:
            print('ok', json.dumps(client.call(name, text)), flush=True)
        except grpc.RpcError as e:
            print('failed', e.details().replace('\n', ' '), flush=True)
        except Exception as e:
            print('failed', f'{name}: {type(e).__name__}: {e}'.replace('\n', ' '), flush=True)


main()
