import { call } from "./api.js";
import { forget, kept, sent } from "./code-step.js";
import { build } from "./dom.js";
import { me } from "./me.js";
import { noteSignedIn, returnPath } from "./session.js";
import { welcome } from "./welcome.js";
import { pieces, say } from "./words.js";

const CODE_LENGTH = 6;
/** Seconds until one can ask for another code: mail takes some, and the last code alone works. */
const PAUSE = 30;

/** The sign-in form: first the address, then the code that was mailed to it. */
class OwlpostLogin extends HTMLElement {
  async connectedCallback() {
    if (this.form) return;
    this.problem = build("p", { className: "problem", role: "alert" });
    this.form = build("form", { onsubmit: (event) => this.#submit(event) });
    this.said = build("p", { className: "aside", role: "status" });
    this.replaceChildren(this.form, this.problem, this.said);
    const step = kept();
    if (step) this.#askCode(step);
    else this.#askAddress("");
    const isIn = await isSignedIn();
    noteSignedIn(isIn);
    if (isIn) this.#goOn();
    else if (!step) this.#welcome(await welcome());
  }

  disconnectedCallback() {
    clearInterval(this.ticking);
  }

  /** Say why one is here, unless the next step has begun meanwhile, and leave what was typed. */
  #welcome({ lead, email }) {
    if (!this.email.isConnected) return;
    this.lead.textContent = lead;
    if (!this.email.value) this.email.value = email;
  }

  #askAddress(email) {
    forget();
    this.email = build("input", {
      id: "email", type: "email", name: "email", autocomplete: "email", required: true, value: email,
      placeholder: say("login.placeholder"),
    });
    this.step = () => this.#sendCode();
    this.lead = build("p", { className: "lead" }, say("login.usual"));
    this.#show(
      [
        this.lead,
        build("label", { htmlFor: "email" }, say("login.address")),
        this.email,
        build("button", { className: "button primary" }, say("login.send")),
      ],
      this.email,
    );
  }

  #askCode({ email, at }) {
    this.another = build("button", { type: "button", className: "link", onclick: () => this.#again(email) });
    this.code = build("input", {
      id: "code", name: "code", autocomplete: "one-time-code", inputMode: "numeric", required: true, className: "code",
      oninput: () => this.#typed(),
    });
    this.step = () => this.#verify(email);
    this.#show(
      [
        build("p", { className: "lead" }, ...pieces("login.sent", { email: build("strong", {}, email) }), " ", say("login.works")),
        build("label", { htmlFor: "code" }, say("login.code")),
        this.code,
        build("button", { className: "button primary" }, say("login.sign_in")),
        build(
          "p",
          { className: "aside" },
          this.another,
          build("button", { type: "button", className: "link", onclick: () => this.#askAddress(email) }, say("login.other_address")),
        ),
      ],
      this.code,
    );
    this.#tick(at);
    this.ticking = setInterval(() => this.#tick(at), 1000);
  }

  #tick(at) {
    const left = PAUSE - Math.floor((Date.now() - at) / 1000);
    this.another.disabled = left > 0;
    this.another.textContent = left > 0 ? say("login.wait", { seconds: left }) : say("login.again");
    if (left <= 0) clearInterval(this.ticking);
  }

  /** Find the code in pasted text, and submit the form as soon as all digits are there. */
  #typed() {
    const digits = this.code.value.replace(/\D/g, "").slice(0, CODE_LENGTH);
    if (this.code.value !== digits) this.code.value = digits;
    this.problem.textContent = "";
    if (digits.length === CODE_LENGTH) this.form.requestSubmit();
  }

  #again(email) {
    this.#working(async () => {
      await call("POST", "/v1/auth/send-code", { email });
      this.#askCode(sent(email));
      this.said.textContent = say("login.again_sent");
    });
  }

  #submit(event) {
    event.preventDefault();
    if (!this.busy) this.#working(this.step);
  }

  async #working(step) {
    this.busy = true;
    this.form.setAttribute("aria-busy", "true");
    this.problem.textContent = "";
    try {
      await step();
    } catch (error) {
      this.problem.textContent = error.message;
      this.form.querySelector("input").select();
    } finally {
      this.busy = false;
      this.form.setAttribute("aria-busy", "false");
    }
  }

  async #sendCode() {
    const email = this.email.value.trim();
    await call("POST", "/v1/auth/send-code", { email });
    this.#askCode(sent(email));
  }

  async #verify(email) {
    await call("POST", "/v1/auth/verify-code", { email, code: this.code.value });
    this.#goOn();
  }

  #goOn() {
    forget();
    location.replace(returnPath());
  }

  #show(children, focus) {
    clearInterval(this.ticking);
    this.problem.textContent = "";
    this.said.textContent = "";
    this.form.replaceChildren(...children);
    focus.focus();
  }
}

/** Ask the API: a cookie may exist and be invalid. */
async function isSignedIn() {
  try {
    await me();
    return true;
  } catch {
    return false;
  }
}

customElements.define("owlpost-login", OwlpostLogin);
