// Topic names and topic filters. MQTT 5.0 section 4.7

/** The longest text of MQTT, in bytes. Section 1.5.4 */
const LONGEST_TEXT = 65535;

/**
 * What is wrong with a topic name, for people; null if nothing is.
 */
function whatIsWrongWithName(name) {
  if (name === "") return "A topic name has at least one character."; // [MQTT-4.7.3-1]
  for (const wildcard of "+#") {
    const at = name.indexOf(wildcard);
    if (at >= 0) {
      return `${wildcard} at character ${at + 1} stands for other levels, which only a filter may do.`; // [MQTT-3.3.2-2]
    }
  }
  return whatIsWrongWithText(name);
}

/**
 * What is wrong with a topic filter, for people; null if nothing is.
 */
function whatIsWrongWithFilter(text) {
  if (text === "") return "A filter has at least one character; # takes all topics.";
  const shared = "$share/";
  if (!text.startsWith(shared)) return whatIsWrongWithLevels(text, 0) ?? whatIsWrongWithText(text);
  // Section 4.8.2: $share/{ShareName}/{filter}
  const end = text.indexOf("/", shared.length);
  const name = end < 0 ? text.slice(shared.length) : text.slice(shared.length, end);
  if (name === "") return `A shared filter has a name behind ${shared}, at character ${shared.length + 1}.`; // [MQTT-4.8.2-1]
  for (const wildcard of "+#") {
    const at = name.indexOf(wildcard);
    if (at >= 0) return `${wildcard} at character ${shared.length + at + 1} must not be in the name of a share.`; // [MQTT-4.8.2-2]
  }
  if (end < 0 || end + 1 === text.length) {
    return `A shared filter goes on behind its name: ${shared}${name}/#`;
  }
  return whatIsWrongWithLevels(text.slice(end + 1), end + 1) ?? whatIsWrongWithText(text);
}

/** The part of a filter that topics are compared with. */
function filterOf(text) {
  return text.startsWith("$share/") ? text.slice(text.indexOf("/", 7) + 1) : text;
}

/**
 * Does a valid filter take this topic? Section 4.7
 */
function matches(filter, topic) {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  // [MQTT-4.7.2-1]
  if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [n, level] of wanted.entries()) {
    if (level === "#") return true; // also the level above: section 4.7.1.2
    if (n >= levels.length || (level !== "+" && level !== levels[n])) return false;
  }
  return wanted.length === levels.length;
}

/** `offset` characters stand before the filter. */
function whatIsWrongWithLevels(filter, offset) {
  const levels = filter.split("/");
  let at = offset + 1; // people count from 1
  for (const [n, level] of levels.entries()) {
    for (const wildcard of "+#") {
      const inside = level.indexOf(wildcard);
      if (inside >= 0 && level !== wildcard) {
        return `${wildcard} at character ${at + inside} must be alone in its level, not in “${level}”.`; // [MQTT-4.7.1-1] [MQTT-4.7.1-2]
      }
    }
    if (level === "#" && n < levels.length - 1) {
      return `# at character ${at} must be the last level; “${levels.slice(n + 1).join("/")}” follows it.`; // [MQTT-4.7.1-1]
    }
    at += level.length + 1;
  }
  return null;
}

/** Section 1.5.4 */
function whatIsWrongWithText(text) {
  const nul = text.indexOf("\0");
  if (nul >= 0) return `The character ${nul + 1} is NUL, which no text of MQTT may have.`; // [MQTT-4.7.3-2]
  if (text.isWellFormed && !text.isWellFormed()) return "There is half a character in it (a lone surrogate)."; // [MQTT-1.5.4-1]
  const length = new TextEncoder().encode(text).length;
  if (length > LONGEST_TEXT) return `It has ${length} bytes; ${LONGEST_TEXT} is the most.`; // [MQTT-4.7.3-3]
  return null;
}

