// Runs before the first paint, so that a chosen theme does not flash the other one. Without a choice the
// system's preference holds, by CSS alone.
(() => {
  try {
    const theme = localStorage.getItem('kanda-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is closed to this page: the system's preference holds.
  }
  // Where no session would be kept, a sign-in must not show its form for a moment (src/door/kept-session.ts).
  if (!isSecureContext && !['localhost', '127.0.0.1', '[::1]'].includes(location.hostname))
    document.documentElement.dataset.plainHttp = '';
})();
