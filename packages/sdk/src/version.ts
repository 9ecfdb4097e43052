/** As in package.json; a test holds them together. */
export const VERSION = '0.1.0';

/** How the SDK introduces itself: Kanda's log has it with each event. */
export const USER_AGENT = `kanda-sdk-js/${VERSION}`;
