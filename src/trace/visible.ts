/** Makes seen what would not be: text of others may hold characters that hide or turn round what is beside them. Takes nothing away. */

/** Controls, what has no width, line ends of Unicode, and what changes the direction of text. */
const UNSEEN = /[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/gu;

/** The text with such characters as `\u202e`. */
export const toVisible = (text: string): string =>
  text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
