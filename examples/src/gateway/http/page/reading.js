// What a payload says: a number and its unit where there is one, else text, else bytes.

/** A payload is looked at up to here, and kept up to here. */
const KEPT_BYTES = 2048;

/** Units as devices write them (RFC 8428 section 12.1, UCUM), and as people read them. */
const UNITS = { Cel: "°C", "%RH": "%", "%": "%", "%EL": "%", "/": "", "m/s2": "m/s²", m2: "m²", m3: "m³", Ohm: "Ω", beat: "", deg: "°", count: "" };

/**
 * Reads a payload: `{ number, unit, text, isBinary, length }`. `number` is null where there is none;
 * `text` is what to show then, cut if it is long.
 */
function readingOf(payload) {
  const length = payload.length;
  const kept = payload.slice(0, KEPT_BYTES); // a copy: it must not hold all that came with it
  const text = textOf(kept, length > kept.length);
  if (text === null) return { number: null, unit: "", text: hexOf(kept, length), isBinary: true, length };
  const whole = length <= KEPT_BYTES;
  const found = (whole && (fromJson(text) ?? fromText(text))) || { number: null, unit: "" };
  return { ...found, text, isBinary: false, length };
}

/** UTF-8 without what no screen shows; null if it is none. A character may be cut at the end. */
function textOf(bytes, isCut) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function hexOf(bytes, length) {
  const shown = [...bytes.subarray(0, 256)].map((byte) => byte.toString(16).padStart(2, "0"));
  return shown.join(" ") + (length > 256 ? " …" : "");
}

/** `{"value": 21.5, "unit": "Cel"}`, or SenML: a list whose first record has `v` and `u`. RFC 8428 */
function fromJson(text) {
  if (!/^\s*[[{]/.test(text)) return null;
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (Array.isArray(json)) {
    const record = json[0];
    if (!Number.isFinite(record?.v)) return null;
    return { number: record.v + (Number(record.bv) || 0), unit: unitOf(record.u ?? record.bu) };
  }
  return Number.isFinite(json.value) ? { number: json.value, unit: unitOf(json.unit) } : null;
}

/** A number, and a unit that begins with a letter or a sign. */
const NUMBER_AND_UNIT =
  /^\s*(?!0x)([+-]?\d{1,15}(?:\.\d{1,15})?(?:e[+-]?\d{1,3})?)(?:\s+([\p{L}%°€$£]\S{0,11})|([\p{L}%°€$£][^\s\d]{0,11}))?\s*$/iu;

/** `21.5`, `21.5 °C` or `21.5°C`. Times, dates, addresses and `0x1F` are texts, though they begin with digits. */
function fromText(text) {
  const found = NUMBER_AND_UNIT.exec(text);
  const number = found ? Number(found[1]) : NaN;
  return Number.isFinite(number) ? { number, unit: unitOf(found[2] ?? found[3]) } : null;
}

function unitOf(unit) {
  return typeof unit === "string" && unit.length <= 12 ? (Object.hasOwn(UNITS, unit) ? UNITS[unit] : unit) : "";
}

/** A number as people read it: at most six digits that say something. */
function numberText(number) {
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return number.toExponential(3);
  return String(Number(size < 0.1 ? number.toPrecision(3) : number.toFixed(size < 10 ? 3 : size < 1000 ? 2 : 1)));
}

/** `3 s`, `12 min` .. */
function ageText(ms) {
  const secs = Math.max(0, Math.floor(ms / 1000));
  if (secs < 60) return `${secs} s`;
  if (secs < 3600) return `${Math.floor(secs / 60)} min`;
  if (secs < 172_800) return `${Math.floor(secs / 3600)} h`;
  return `${Math.floor(secs / 86_400)} d`;
}

function bytesText(length) {
  return length === 1 ? "1 byte" : `${length.toLocaleString("en")} bytes`;
}

