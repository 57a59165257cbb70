/** What a name of a task must look like, for those who load no schema library. Nothing is checked here. */

/** A name and id: a slug that is safe as a file name everywhere. */
export const TASK_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
