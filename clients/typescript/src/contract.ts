// Made of ../owlpost.schema.json by `npm run contract`: do not edit.

/**
 * What producers send to Owlpost and get from it. Beyond what is said here, a whole request is nested at most 64 deep, has at most 50000 members, no key of more than 256 characters, and at most 65536 bytes of JSON in `data`; a title is not blank, and no text holds NUL or a lone surrogate, but for the texts of facts, which are cleaned.
 */
export type OwlpostMessage =
  | EnqueueRequest
  | Cancellation
  | IssueScanFinishedHappened
  | DigestDueHappened
  | FeedbackSubmittedHappened
  | ResponseSavedHappened
  | JobFinishedHappened
  | RatingsSyncedHappened
  | ReviewsSyncedHappened
  | SystemJobEndedHappened
  | MemberRoleChangedHappened;

/**
 * What goes over the wire.
 */
export interface Contract {
  sent: OwlpostMessage;
  enqueued: EnqueueResult;
  told: FactResult;
  recalled: RecallResult;
  error: EnqueueError;
}
/**
 * One event and the people to tell; bounds as `docs/producers.md` gives them.
 */
export interface EnqueueRequest {
  type:
    | "issue.new"
    | "issue.digest"
    | "feedback.new"
    | "questionnaire.response_new"
    | "job.completed"
    | "app.rating_changed"
    | "app.review_new";
  recipients: ByIds | ByTeam;
  title: string;
  team_id?: string | null;
  body?: string | null;
  translations?: {
    [k: string]: Translation;
  } | null;
  link?: string | null;
  data?: {
    [k: string]: unknown;
  } | null;
  idempotency_key?: string | null;
  producer?: string | null;
  not_before?: string | null;
}
/**
 * These people. Repeated ids count once; the answer counts unknown ones.
 */
export interface ByIds {
  /**
   * @maxItems 10000
   */
  user_ids: string[];
}
/**
 * All members of a team, or those with one of the roles.
 */
export interface ByTeam {
  team_id: string;
  roles?: ["owner" | "admin" | "member", ...("owner" | "admin" | "member")[]] | null;
  /**
   * @maxItems 10000
   */
  exclude_user_ids?: string[];
}
/**
 * The words of a request in another language, which stand for its title and its body together.
 *
 * This interface was referenced by `undefined`'s JSON-Schema definition
 * via the `patternProperty` "^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$".
 */
export interface Translation {
  title: string;
  body?: string | null;
}
/**
 * Take a request of one's own back, by what it was sent with: its idempotency key, type and producer.
 */
export interface Cancellation {
  cancel: string;
  type: string;
  producer?: string | null;
}
/**
 * The end of a scan, with all issues not yet announced, also those of an earlier scan that failed late.
 */
export interface IssueScanFinishedHappened {
  happened: "issue_scan_finished";
  fact: IssueScanFinished;
  producer?: string | null;
}
/**
 * The end of a scan, with all issues not yet announced, also those of an earlier scan that failed late.
 */
export interface IssueScanFinished {
  scan_id: string;
  issues: ScannedIssue[];
}
/**
 * A new, reopened or regressed issue. Without a team, nobody is notified.
 */
export interface ScannedIssue {
  title: string;
  app_name: string;
  status: "new" | "regressed" | "reopened";
  occurrence_count: number;
  id: string;
  project_name: string;
  team_id: string | null;
  is_dev?: boolean;
}
/**
 * A due digest: `issue_count` issues qualify, `issues` holds the first ones, `slot` is the number of the hour.
 */
export interface DigestDueHappened {
  happened: "digest_due";
  fact: DigestDue;
  producer?: string | null;
}
/**
 * A due digest: `issue_count` issues qualify, `issues` holds the first ones, `slot` is the number of the hour.
 */
export interface DigestDue {
  project_id: string;
  project_name: string;
  team_id: string | null;
  slot: number;
  issue_count: number;
  issues: OpenIssue[];
}
export interface OpenIssue {
  title: string;
  app_name: string;
  status: "new" | "regressed" | "reopened";
  occurrence_count: number;
  unique_user_count: number;
}
/**
 * A feedback message, with the author's name and address if given.
 */
export interface FeedbackSubmittedHappened {
  happened: "feedback_submitted";
  fact: FeedbackSubmitted;
  producer?: string | null;
}
/**
 * A feedback message, with the author's name and address if given.
 */
export interface FeedbackSubmitted {
  feedback_id: string;
  app: App;
  message: string;
  name?: string;
  email?: string;
  is_dev?: boolean;
}
/**
 * The app of a fact. Without a team, nobody is notified.
 */
export interface App {
  id: string;
  name: string;
  project_id: string;
  team_id: string | null;
}
/**
 * A saved response, with its answers in the order of the questionnaire; `draft` until submitted.
 */
export interface ResponseSavedHappened {
  happened: "response_saved";
  fact: ResponseSaved;
  producer?: string | null;
}
/**
 * A saved response, with its answers in the order of the questionnaire; `draft` until submitted.
 */
export interface ResponseSaved {
  response_id: string;
  questionnaire_id: string;
  questionnaire_slug: string;
  questionnaire_name: string;
  app: App;
  answers: (Scored | Chosen | Written)[];
  status: "draft" | "submitted";
  is_dev?: boolean;
}
/**
 * A question with a number as its answer. None means unanswered; 0 is an answer.
 */
export interface Scored {
  type: "nps" | "rating";
  question: string;
  answer?: number | null;
}
/**
 * A question with options as its answer, given by their labels.
 */
export interface Chosen {
  type: "single_choice" | "multiple_choice";
  question: string;
  labels?: string[];
}
export interface Written {
  type: "text";
  question: string;
  answer?: string | null;
}
/**
 * The end of a run. A worker that died ends its run as `failed`.
 *
 *     `started_by` is the person who started it. If an API key started it, `api_key_made_by` is the person who created the key.
 *     A scheduled run has neither.
 *     A system job has no team; its failures are mailed to the operator (`system_job`).
 */
export interface JobFinishedHappened {
  happened: "job_finished";
  fact: JobFinished;
  producer?: string | null;
}
/**
 * The end of a run. A worker that died ends its run as `failed`.
 *
 * `started_by` is the person who started it. If an API key started it, `api_key_made_by` is the person who created the key.
 * A scheduled run has neither.
 * A system job has no team; its failures are mailed to the operator (`system_job`).
 */
export interface JobFinished {
  run_id: string;
  job_type: string;
  label?: string;
  status: "completed" | "failed" | "cancelled";
  notify: boolean;
  team_id: string | null;
  started_by?: string | null;
  api_key_made_by?: string | null;
  duration_ms?: number | null;
  error?: string;
  result?: {
    [k: string]: unknown;
  };
}
/**
 * Rating counts by storefront: the last known ones before this sync, and the ones it found.
 *
 *     `before` is None for an app that was never synced. A storefront that is missing on one side is unknown, not 0: it counts as
 *     unchanged, so that its return after a day announces no old ratings.
 */
export interface RatingsSyncedHappened {
  happened: "ratings_synced";
  fact: RatingsSynced;
  producer?: string | null;
}
/**
 * Rating counts by storefront: the last known ones before this sync, and the ones it found.
 *
 * `before` is None for an app that was never synced. A storefront that is missing on one side is unknown, not 0: it counts as
 * unchanged, so that its return after a day announces no old ratings.
 */
export interface RatingsSynced {
  sync_id: string;
  app: App;
  before: {
    [k: string]: number;
  } | null;
  after: {
    [k: string]: number;
  };
  average_rating?: number | null;
}
/**
 * All reviews not yet announced, also those of an earlier sync that was aborted.
 *
 *     `known_before` counts the app's other reviews. At 0 this is the first sync, and its reviews are not news.
 */
export interface ReviewsSyncedHappened {
  happened: "reviews_synced";
  fact: ReviewsSynced;
  producer?: string | null;
}
/**
 * All reviews not yet announced, also those of an earlier sync that was aborted.
 *
 * `known_before` counts the app's other reviews. At 0 this is the first sync, and its reviews are not news.
 */
export interface ReviewsSynced {
  sync_id: string;
  app: App;
  known_before: number;
  reviews: Review[];
}
export interface Review {
  id: string;
  rating: number;
  title?: string;
  text?: string;
  reviewed_at: string;
}
/**
 * The end of a run. Without a `run_id`, all bad runs within an hour share one alert.
 */
export interface SystemJobEndedHappened {
  happened: "system_job_ended";
  fact: SystemJobEnded;
  producer?: string | null;
}
/**
 * The end of a run. Without a `run_id`, all bad runs within an hour share one alert.
 */
export interface SystemJobEnded {
  job_type: string;
  status: "completed" | "failed" | "cancelled";
  ended_at: string;
  run_id?: string | null;
  duration_ms?: number | null;
  error?: string;
}
/**
 * A member of a team has another role from `changed_at` on. `changed_by` is the person who changed it, if it was one.
 *
 *     Tell it after the commit, or by the outbox in the transaction of the change.
 */
export interface MemberRoleChangedHappened {
  happened: "member_role_changed";
  fact: MemberRoleChanged;
  producer?: string | null;
}
/**
 * A member of a team has another role from `changed_at` on. `changed_by` is the person who changed it, if it was one.
 *
 * Tell it after the commit, or by the outbox in the transaction of the change.
 */
export interface MemberRoleChanged {
  user_id: string;
  team_id: string;
  role: "owner" | "admin" | "member";
  previous_role: "owner" | "admin" | "member";
  changed_at: string;
  changed_by?: string | null;
}
/**
 * The answer to a producer; `deliveries` counts rows by channel, in-app included. `rooms` are those of the team.
 *
 * `request_id` is None if the audience was empty, so that nothing was written. `continues` is true if chunks follow; the
 * counts are then those of the first chunk.
 */
export interface EnqueueResult {
  request_id?: string;
  duplicate: boolean;
  notifications: number;
  notification_ids: string[];
  deliveries: {
    [k: string]: number;
  };
  rooms: number;
  unknown_user_ids: number;
  continues: boolean;
  message?: string;
  [k: string]: unknown;
}
/**
 * The answer to a fact: one result for each request that came of it, or why nobody is told.
 *
 * `alerted` is true for a system job's end that the operator is mailed about.
 */
export interface FactResult {
  happened: string;
  requests: EnqueueResult[];
  silent?: string;
  alerted: boolean;
  [k: string]: unknown;
}
/**
 * What became of a recall, with counts of deliveries by channel.
 *
 * `already_out` counts those that were sent, or that a provider may have accepted. `inbox` counts the rows that left the
 * inbox, `already_read` those that had been read there.
 */
export interface RecallResult {
  requests: number;
  stopped: {
    [k: string]: number;
  };
  already_out: {
    [k: string]: number;
  };
  already_read: number;
  inbox: number;
  dry_run: boolean;
  [k: string]: unknown;
}
/**
 * What Lambda answers, with the header `X-Amz-Function-Error`, in place of a result.
 *
 * `InvalidRequest` and `IdempotencyConflict` would be refused again, and `errorMessage` begins with the field's name. Any
 * other type is worth another try with the same key.
 */
export interface EnqueueError {
  /**
   * the kind of error
   */
  errorType: ("InvalidRequest" | "IdempotencyConflict") | string;
  /**
   * the field, and what is wrong with it
   */
  errorMessage: string;
  [k: string]: unknown;
}
