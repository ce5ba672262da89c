// The laptop's switchboard: what its providers do wrong from now on.

import { faults as ask } from "/ask.js";
import { button, element, failure, field, form, heading, number, table } from "/parts.js";

const SWITCHES = [
  ["Resend fails 30 %", { provider: "resend", fault: "error_503", rate: 0.3 }],
  ["Resend is down", { provider: "resend", fault: "down" }],
  ["Resend refuses our key", { provider: "resend", fault: "refused_key" }],
  ["Resend slows us down", { provider: "resend", fault: "rate_limit", rate: 0.5 }],
  ["APNs refuses our team", { provider: "apns", fault: "answer", answer: "InvalidProviderToken" }],
  ["APNs calls devices dead", { provider: "apns", fault: "dead_token" }],
  ["FCM is down", { provider: "fcm", fault: "down" }],
  ["FCM is slow", { provider: "fcm", fault: "latency", delay: 2 }],
];

const share = (fault) => (fault.rate == null ? (fault.times == null ? "always" : `${number(fault.times)} times more`) : `${fault.rate * 100} %`);

export async function faults(again) {
  const { active, injected } = await ask();
  const report = element("div", { className: "report", attributes: { role: "status" } });
  const change = async (wanted) => {
    try {
      await ask(wanted);
      again();
    } catch (error) {
      report.replaceChildren(failure(error));
    }
  };
  const rows = active.map((each) => [each.provider, each.fault, each.answer || "", share(each), each.match || "all"]);
  const struck = Object.entries(injected).flatMap(([provider, kinds]) => Object.entries(kinds).map(([kind, times]) => [provider, kind, number(times)]));
  return [
    heading("Faults of this laptop's providers", button("End all faults", () => change({ clear: true }))), report,
    table("In force", ["Provider", "Fault", "Answer", "Strikes", "Whom"], rows, { nothing: "The providers do what they should." }),
    element("p", { className: "switches" }, SWITCHES.map(([text, fault]) => button(text, () => change({ fault })))),
    form(({ rate, ...values }) => change({ fault: { ...values, ...(rate ? { rate: Number(rate) / 100 } : {}) } }),
      field("Provider", "provider", { choices: ["resend", "apns", "fcm", "fcm_token"], value: "resend" }), field("Fault", "fault", { required: true, placeholder: "error_500" }),
      field("Percent", "rate", { type: "number", min: 0, max: 100, placeholder: "100" }), element("button", { className: "act", textContent: "Add" })),
    table("Struck so far", ["Provider", "Fault", "Times"], struck, { numeric: [2], nothing: "No fault has struck." })];
}
