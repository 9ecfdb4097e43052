/**
 * What the names that callers choose may contain. The patterns are ECMAScript source with the `u` flag,
 * so that the HTTP schema, OpenAPI and this code hold one text.
 */

import { BLANKS } from '@kanda/formats';

export { CLIENT_ID_PATTERN, MAX_WRITTEN_LENGTH, type ReadClientId, readClientId } from '@kanda/formats';

/**
 * A name in which something can be seen: not only white space and what is drawn as nothing, such as U+200B or the
 * Hangul filler, nor what is blank though its properties do not say so.
 */
export const VISIBLE = `(?=.*[^\\p{White_Space}\\p{Default_Ignorable_Code_Point}${BLANKS}])`;

const MISLEADING = '\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';

/**
 * Labels and issuers: something visible, and any Unicode but `:` (the separator in an otpauth URI), control characters, the line
 * separators, unpaired surrogates, and the marks that reorder text, with which a name could be made to look like another.
 */
export const DISPLAY_NAME_PATTERN = `^${VISIBLE}[^:${MISLEADING}]{1,128}$`;

/** What a trusted device is called: as a label, but it may be a user agent, in which colons are common. */
export const DEVICE_LABEL_PATTERN = `^${VISIBLE}[^${MISLEADING}]{1,128}$`;
