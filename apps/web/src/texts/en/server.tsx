import type { ReactNode } from 'react';

export const server = {
  fine: 'Fine',
  lookAtIt: 'Look at it',
  problem: 'Problem',
  server: 'Server',
  checkAgain: 'Check again',
  onlyOperators: (code: (words: string) => ReactNode) => (
    <>
      Only operators of this installation see this page. {code('kanda doctor')} checks more, on the machine
      itself.
    </>
  ),
  toDo: 'To do',
  toDoCaption: 'To do, problems first, problems first',
  fineCaption: 'What is fine',
  allWell: 'All is well.',
  toLookAt: (count: string | number) => `${count} to look at`,
  clockAndBrowser: 'Clock and this browser',
  inStep: 'the two are in step',
  clockOff: (seconds: string | number, way: string | number) =>
    `the server's clock is ${seconds} s ${way} this browser's`,
  aheadOf: 'ahead of',
  oneIsWrong: 'One of the two is wrong. Compare both with a third clock.',
  users: 'Users',
  apiKeys: 'API keys',
  eventsInDay: 'Events in 24 hours',
  storage: 'Storage, estimated',
  quotas: 'Quotas',
  usedOf: (used: string | number, limit: string | number) => `${used} of ${limit}`,
  usedUp: ', used up',
  check: 'Check',
  status: 'Status',
};
