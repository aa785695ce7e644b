// A gateway as one writes it with node: HMAC-SM3, the hand-written mapping of peers/generate.mjs, and
// a RabbitMQ quorum queue between the one who answers and the one who delivers.
//
//     node gateway.mjs accept PORT_FILE AMQP_PORT KEY_FILE    answers when the queue has confirmed
//     node gateway.mjs deliver AMQP_PORT SINK_PORT            acknowledges when the sink has taken it
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import amqp from 'amqplib';

const queue = 'deliveries';
const window = 300_000;

async function connect(port) {
  const connection = await amqp.connect(`amqp://guest:guest@127.0.0.1:${port}`);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  return channel;
}

async function accept(portFile, amqpPort, keyFile) {
  const { map } = await import(`${process.cwd()}/map.mjs`);
  const codes = JSON.parse(readFileSync('codes.json', 'utf8'));
  const secret = readFileSync(keyFile, 'utf8').trim();
  const channel = await connect(amqpPort);
  const nonces = new Set();
  let number = 0;

  function isGenuine(request, body) {
    const { 'x-timestamp': at, 'x-nonce': nonce, 'x-sign': sign } = request.headers;
    const digest = createHash('sm3').update(body).digest('hex');
    const [path, query = ''] = request.url.split('?');
    const text = [request.method, path, query, at, nonce, digest].join('\n');
    const expected = createHmac('sm3', secret).update(text).digest();
    const got = Buffer.from(sign ?? '', 'hex');
    if (got.length !== expected.length || !timingSafeEqual(got, expected)) return false;
    if (Math.abs(Date.now() - Number(at)) > window || nonces.has(nonce)) return false;
    nonces.add(nonce);
    return true;
  }

  function answer(response, status, body) {
    const text = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  }

  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      if (!isGenuine(request, body)) return answer(response, 401, {});
      let mapped;
      try {
        mapped = map(JSON.parse(body), codes);
      } catch (error) {
        return answer(response, 422, { detail: String(error) });
      }
      const id = request.headers['idempotency-key'];
      channel.publish('', queue, Buffer.from(JSON.stringify(mapped)), { persistent: true, messageId: id }, (error) => {
        if (error) return answer(response, 503, {});
        answer(response, 202, { message_id: id, case_number: `C${++number}` });
      });
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    writeFileSync(`${portFile}.new`, `${server.address().port}\n`);
    renameSync(`${portFile}.new`, portFile);
  });
}

async function deliver(amqpPort, sinkPort) {
  const channel = await connect(amqpPort);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  await channel.prefetch(256);
  await channel.consume(queue, (message) => {
    const request = http.request(
      { host: '127.0.0.1', port: sinkPort, method: 'POST', path: '/apply', agent,
        headers: { 'content-type': 'application/json', 'content-length': message.content.length } },
      (response) => {
        response.resume();
        response.on('end', () => (response.statusCode === 200 ? channel.ack(message) : channel.nack(message)));
      });
    request.on('error', () => channel.nack(message));
    request.end(message.content);
  });
}

const [verb, ...rest] = process.argv.slice(2);
await (verb === 'accept' ? accept(...rest) : deliver(...rest));
