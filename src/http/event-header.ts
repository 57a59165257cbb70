/** The header by which an answer says where in the stream of events it belongs. */

/** Holds the id of the last event before the answer: whoever has read the events up to it knows all that the answer tells. */
export const EVENT_HEADER = 'dirigent-event';
