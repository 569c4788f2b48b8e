// What npm's sms-segments-calculator says of texts: a JSON list on standard input, a JSON list on standard output.
const { SegmentedMessage } = require("sms-segments-calculator");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => {
  const message = new SegmentedMessage(text);
  const units = message.encodedChars.reduce((sum, char) => sum + char.codeUnits.length, 0);
  return { text, encoding: message.encodingName, units, segments: message.segmentsCount };
}), null, 1));
