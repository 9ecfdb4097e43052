import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../../texts/start.ts';
import { buttonClass } from '../../ui/button.tsx';
import type { Progress } from '../getting-started.ts';
import { MasterKeyTick } from './master-key-tick.tsx';

/** One line of the list; `done` is what the server has found, except where the text says otherwise. */
export interface Step {
  id: string;
  done: boolean;
  title: string;
  text: ReactNode;
  /** Absent: what it opens is below its line. */
  action?: (look: 'primary' | 'secondary') => ReactNode;
  /** What its line can open. */
  opens?: 'snippets';
  /** Below the text; of a step that is done, too. */
  more?: ReactNode;
}

/** The way to the first code that an application sends. */
export function trySteps({ steps }: Progress): Step[] {
  return [
    {
      id: 'key',
      done: steps.apiKey,
      title: t.makeApiKey,
      text: t.makeApiKeyText,
      action: (look) => (
        <Link to="/dashboard/keys" search={{ new: true }} className={buttonClass(look)}>
          {t.makeKey}
        </Link>
      ),
    },
    {
      id: 'user',
      done: steps.user,
      title: t.enrolUser,
      text: t.enrolUserText,
      action: (look) => (
        <Link to="/dashboard/clients" search={{ new: true }} className={buttonClass(look)}>
          {t.enrol}
        </Link>
      ),
    },
    {
      id: 'code',
      done: steps.codeAccepted,
      title: t.haveCodeAccepted,
      text: t.haveCodeAcceptedText,
      action: (look) => (
        <Link to="/dashboard/playground" className={buttonClass(look)}>
          {t.playground}
        </Link>
      ),
    },
    {
      id: 'app',
      done: steps.appConnected,
      title: t.putIntoApp,
      text: t.putIntoAppText,
      opens: 'snippets',
    },
  ];
}

/** What is left before real users sign in with it. */
export function productionSteps({ twoFactor, installation }: Progress): Step[] {
  const own: Step = {
    id: 'two-factor',
    done: twoFactor,
    title: t.protectAccount,
    text: t.protectAccountText,
    action: (look) => (
      <Link to="/dashboard/settings/two-factor" className={buttonClass(look)}>
        {t.turnOn}
      </Link>
    ),
  };
  if (installation === null) return [own];
  return [
    own,
    {
      id: 'master-key',
      done: installation.masterKeySaved,
      title: t.backUpMasterKey,
      text: t.backUpMasterKeyText,
      action: (look) => (
        <Docs look={look} to="/docs/operating/backup#the-key-once" topic={t.topicMasterKey} />
      ),
      more: <MasterKeyTick installation={installation} />,
    },
    {
      id: 'registration',
      done: installation.registrationClosed,
      title: t.closeRegistration,
      text: t.closeRegistrationText,
      action: (look) => <Docs look={look} to="/docs/reference/configuration" topic={t.topicRegistration} />,
    },
    {
      id: 'https',
      done: installation.https,
      title: t.putHttps,
      text: t.putHttpsText,
      action: (look) => (
        <Docs look={look} to="/docs/operating/deploying#reverse-proxy" topic={t.topicHttps} />
      ),
    },
  ];
}

function Docs({ look, to, topic }: { look: 'primary' | 'secondary'; to: string; topic: string }) {
  return (
    <a href={to} className={buttonClass(look)}>
      {t.howTo}
      <span className="sr-only">: {topic}</span>
    </a>
  );
}
