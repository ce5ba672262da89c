/** The rules of `infra/local/door.py` for a door without pages, in the language of this process; tested by the same requests. */

const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const LOCAL_DOMAIN = ".localhost";
const OWN_SITES = ["none", "same-origin"];

/** Return why a request is refused; undefined if it may be answered. `headers` have lower-case names. */
export function refusal(headers) {
  const host = headers.host ?? "";
  if (!isLocal(host)) {
    return `This machine is not '${host.slice(0, 100)}'.`;
  }
  if (!OWN_SITES.includes(headers["sec-fetch-site"] ?? "none")) {
    return "A page of another site may not ask this.";
  }
  if ((headers.origin ?? `http://${host}`) !== `http://${host}`) {
    return "A page of another origin may not ask this.";
  }
  return undefined;
}

function isLocal(host) {
  const name = host.replace(/:[^:\]]*$/, "").toLowerCase();
  return LOCAL_NAMES.includes(name) || name.endsWith(LOCAL_DOMAIN);
}
