// The yardstick: the least that node:http can do with the same request and an answer of the same size.
import { createServer } from 'node:http';

createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { token } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const answer = JSON.stringify({ valid: token === '', reason: 'invalid_code' });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
