// SPDX-License-Identifier: Apache-2.0
const crypto = require('crypto')
const fs = require('fs')
const http = require('http')
const { Worker } = require('worker_threads')

const add = 'const { parentPort } = require("worker_threads"); parentPort.on("message", n => parentPort.postMessage(n + 1))'
const worker = new Worker(add, { eval: true })

http.createServer((request, response) => {
	worker.once('message', sum => {
		fs.readFile(__filename, (error, text) => {
			const digest = crypto.createHash('sha256').update(text).digest('hex')
			response.end(JSON.stringify({ app: 'node', url: request.url, sum, digest, error }) + '\n')
		})
	})
	worker.postMessage(41)
}).listen(3000)

process.on('SIGTERM', () => process.exit(0))
