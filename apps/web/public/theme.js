// Runs before the first paint, so that a chosen theme does not flash the other one. Without a choice the
// system's preference holds, by CSS alone.
(() => {
  try {
    const theme = localStorage.getItem('kanda-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is closed to this page: the system's preference holds.
  }
})();
