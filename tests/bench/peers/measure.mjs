// Times each peer inside its own process: many messages in one run, less the start (a run of one).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isDeepStrictEqual } from 'node:util';
import jsonata from 'jsonata';
import { map } from './map.mjs';

const rounds = Number(process.env.ROUNDS ?? 7);
const message = readFileSync('in.json', 'utf8');
const wanted = JSON.parse(readFileSync('out.json', 'utf8'));
const wantedXml = readFileSync('out.xml', 'utf8');
const codes = JSON.parse(readFileSync('codes.json', 'utf8'));
const expression = jsonata(readFileSync('map.jsonata', 'utf8'));
const big = { maxBuffer: 1 << 30, encoding: 'utf8' };

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
function same(name, text) {
  if (!isDeepStrictEqual(JSON.parse(text), wanted)) {
    throw new Error(`${name} gives something else:\n${text}\n${JSON.stringify(wanted)}`);
  }
}
function elapsed(command, args) {
  const start = performance.now();
  execFileSync(command, args, big);
  return performance.now() - start;
}

const many = 3000;
writeFileSync('one.ndjson', message + '\n');
writeFileSync('many.ndjson', (message + '\n').repeat(many));
writeFileSync('in.xml', wantedXml);

/// A program that reads one message a line: microseconds per message.
function byLines(command) {
  const args = (file) => ['-c', '--slurpfile', 'codes', 'codes.json', '-f', 'map.jq', file];
  same(command, execFileSync(command, args('one.ndjson'), big));
  return () => ((elapsed(command, args('many.ndjson')) - elapsed(command, args('one.ndjson'))) / (many - 1)) * 1e3;
}

function byXslt() {
  const text = (xml) => xml.replace(/<\?.*?\?>/, '').replace(/>\s+</g, '><').trim();
  if (text(execFileSync('xsltproc', ['map.xsl', 'in.xml'], big)) !== text(wantedXml)) {
    throw new Error('xsltproc gives something else');
  }
  const files = 2000;
  const args = ['map.xsl', ...Array(files).fill('in.xml')];
  return () => ((elapsed('xsltproc', args) - elapsed('xsltproc', ['map.xsl', 'in.xml'])) / (files - 1)) * 1e3;
}

async function byJavaScript() {
  const run = () => JSON.stringify(map(JSON.parse(message), codes));
  same('JavaScript', run());
  for (let warm = 0; warm < 20000; ++warm) run();
  return () => {
    const start = performance.now();
    for (let turn = 0; turn < 20000; ++turn) run();
    return ((performance.now() - start) / 20000) * 1e3;
  };
}

async function byJsonata() {
  const run = async () => JSON.stringify(await expression.evaluate(JSON.parse(message), { codes }));
  same('JSONata', await run());
  for (let warm = 0; warm < 300; ++warm) await run();
  return async () => {
    const start = performance.now();
    for (let turn = 0; turn < 1000; ++turn) await run();
    return ((performance.now() - start) / 1000) * 1e3;
  };
}

/// Our own, from mapping_bench, in the same round.
function ours() {
  const out = execFileSync(process.env.BENCH, ['--benchmark_filter=by_hand/json_to_json|by_maps/json_to_json|xml_to/xml', '--benchmark_min_time=0.2', '--benchmark_format=json'], { ...big, stdio: ['ignore', 'pipe', 'ignore'] });
  return Object.fromEntries(JSON.parse(out).benchmarks.map((one) => [one.name, one.real_time / 1e3]));
}

const peers = {
  'hand-written JavaScript, node': await byJavaScript(),
  'jq': byLines('jq'),
  'gojq': byLines('./bin/gojq'),
  'JSONata': await byJsonata(),
  'xsltproc, XML to XML': byXslt(),
};
const times = { 'hand-written C++': [], 'rows': [], 'rows, XML to XML': [] };
for (const name in peers) times[name] = [];
for (let round = 0; round < rounds; ++round) {
  const own = ours();
  times['hand-written C++'].push(own['by_hand/json_to_json']);
  times['rows'].push(own['by_maps/json_to_json']);
  times['rows, XML to XML'].push(own['xml_to/xml']);
  for (const name in peers) times[name].push(await peers[name]());
}
console.log(`medians of ${rounds} rounds, ${Buffer.byteLength(message)} bytes of JSON\n`);
console.log('| peer | µs per message | × rows |\n| --- | --- | --- |');
for (const name in times) {
  const base = name.includes('XML to XML') ? 'rows, XML to XML' : 'rows';
  const value = median(times[name]);
  console.log(`| ${name} | ${value.toFixed(1)} | ${(value / median(times[base])).toFixed(2)} |`);
}
