// Writes the same mapping for each peer, from fields.json (mapping_bench --dump): map.jq,
// map.jsonata, map.js and map.xsl. The languages without checks only move, look up and reformat;
// the JavaScript checks what the rows check.
import { readFileSync, writeFileSync } from 'node:fs';

const fields = JSON.parse(readFileSync('fields.json', 'utf8'));
const path = (field) => (field.group ? `${field.group}.${field.from}` : field.from);

// --- jq: also read by gojq ----------------------------------------------------------------------
const jqValue = (field) => {
  const from = `.${path(field)}`;
  if (field.kind === 'code') return `$codes[0].t${field.most}[${from} // ""]`;
  if (field.kind === 'date') return `(${from} | if . then gsub("-"; "") else null end)`;
  if (field.kind === 'int') return `(${from} | if . then tostring else null end)`;
  if (field.kind === 'number') {
    return `(${from} | if . then (. * 100 + 0.5 | floor | tostring | .[:-2] + "." + .[-2:]) else null end)`;
  }
  return from;
};
writeFileSync('map.jq', `{
${fields.map((field) => `  ${field.to}: ${jqValue(field)}`).join(',\n')},
  files: [.cl[] | {kind: .lx, name: .mc, digest: .zy}]
} | with_entries(select(.value != null))
`);

// --- JSONata -------------------------------------------------------------------------------------
const jsonataValue = (field) => {
  const from = path(field);
  if (field.kind === 'code') return `$lookup($codes.t${field.most}, ${from})`;
  if (field.kind === 'date') return `$replace(${from}, "-", "")`;
  if (field.kind === 'int') return `$string(${from})`;
  if (field.kind === 'number') return `$formatNumber(${from}, "0.00")`;
  return from;
};
writeFileSync('map.jsonata', `{
${fields.map((field) => `  "${field.to}": ${jsonataValue(field)}`).join(',\n')},
  "files": [cl.{"kind": lx, "name": mc, "digest": zy}]
}
`);

// --- JavaScript: one statement a field, as one would write it by hand ----------------------------
const jsLine = (field) => {
  const from = field.group ? `input.${field.group}?.${field.from}` : `input.${field.from}`;
  const call = {
    text: `text(${from}, ${field.most})`,
    code: `code(codes.t${field.most}, ${from})`,
    date: `date(${from})`,
    int: `whole(${from}, ${field.most})`,
    number: `money(${from})`,
  }[field.kind];
  return `  out.${field.to} = ${call};\n${field.required ? `  if (out.${field.to} === undefined) throw new Error('${field.to}');\n` : ''}`;
};
writeFileSync('map.mjs', `
const control = /[\\u0000-\\u001f\\u007f]/;
function text(value, most) {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || control.test(value)) throw new Error('text');
  if (value.length > most && [...value].length > most) throw new Error('text');
  return value;
}
function code(table, value) {
  if (value === undefined) return undefined;
  const found = table[value];
  if (found === undefined) throw new Error('code');
  return found;
}
const days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const pattern = /^(\\d{4})-(\\d\\d)-(\\d\\d)$/;
function date(value) {
  if (value === undefined) return undefined;
  const parts = pattern.exec(value);
  if (!parts) throw new Error('date');
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month < 1 || month > 12 || day < 1 || day > days[month - 1] || (month === 2 && day === 29 && !leap)) throw new Error('date');
  return parts[1] + parts[2] + parts[3];
}
function whole(value, most) {
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || value < 0 || value > most) throw new Error('int');
  return String(value);
}
function money(value) {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw new Error('number');
  return value.toFixed(2);
}
const known = ${JSON.stringify(Object.fromEntries([...new Set(fields.map((f) => f.group))].map((group) => [group, Object.fromEntries(fields.filter((f) => f.group === group).map((f) => [f.from, true]))])))};
for (const group of ['sqr', 'dw', 'gw', 'cl']) known[''][group] = true;
function only(object, names) {
  for (const name in object) if (!names[name]) throw new Error(name);
}
export function map(input, codes) {
  only(input, known['']);
  for (const group of ['sqr', 'dw', 'gw']) if (input[group]) only(input[group], known[group]);
  const out = {};
${fields.map(jsLine).join('')}  out.files = (input.cl ?? []).map((item) => ({ kind: text(item.lx, 10), name: text(item.mc, 60), digest: text(item.zy, 64) }));
  return out;
}
`);

// --- XSLT: XML to XML ----------------------------------------------------------------------------
writeFileSync('map.xsl', `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="xml" encoding="UTF-8"/>
<xsl:template match="/DATA"><DATA>
${fields.map((field) => `<xsl:if test="${field.to} != ''"><${field.to}><xsl:value-of select="${field.to}"/></${field.to}></xsl:if>`).join('')}
<xsl:for-each select="files"><files><kind><xsl:value-of select="kind"/></kind><name><xsl:value-of select="name"/></name><digest><xsl:value-of select="digest"/></digest></files></xsl:for-each>
</DATA></xsl:template>
</xsl:stylesheet>
`);
