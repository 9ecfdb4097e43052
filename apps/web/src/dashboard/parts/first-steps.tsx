import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
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
      title: 'Make an API key',
      text: 'Your app sends it with every call.',
      action: (look) => (
        <Link to="/dashboard/keys" search={{ new: true }} className={buttonClass(look)}>
          Make a key
        </Link>
      ),
    },
    {
      id: 'user',
      done: steps.user,
      title: 'Enrol a user',
      text: 'One of your users, or yourself to begin with. It counts once a first code has confirmed it.',
      action: (look) => (
        <Link to="/dashboard/clients" search={{ new: true }} className={buttonClass(look)}>
          Enrol
        </Link>
      ),
    },
    {
      id: 'code',
      done: steps.codeAccepted,
      title: 'Have a code accepted',
      text: 'Scan the QR code, and send what the phone shows: when you enrol, or in the playground.',
      action: (look) => (
        <Link to="/dashboard/playground" className={buttonClass(look)}>
          Playground
        </Link>
      ),
    },
    {
      id: 'app',
      done: steps.appConnected,
      title: 'Put it into your app',
      text: 'Done when Kanda has accepted a code that came with an API key, not from this dashboard.',
      opens: 'snippets',
    },
  ];
}

/** What is left before real users sign in with it. */
export function productionSteps({ twoFactor, installation }: Progress): Step[] {
  const own: Step = {
    id: 'two-factor',
    done: twoFactor,
    title: 'Protect this account',
    text: 'Ask for a code when you sign in here.',
    action: (look) => (
      <Link to="/dashboard/settings/two-factor" className={buttonClass(look)}>
        Turn on
      </Link>
    ),
  };
  if (installation === null) return [own];
  return [
    own,
    {
      id: 'master-key',
      done: installation.masterKeySaved,
      title: 'Back up the master key',
      text: 'Backups of the store do not hold it, and without it no secret in them opens. Kanda cannot see your copy, so you tick this yourself; a new master key takes the tick away.',
      action: (look) => (
        <Docs look={look} to="/docs/operating/backup#the-key-once" topic="backing up the master key" />
      ),
      more: <MasterKeyTick installation={installation} />,
    },
    {
      id: 'registration',
      done: installation.registrationClosed,
      title: 'Close registration',
      text: 'Anyone who reaches this server can make an account on it.',
      action: (look) => (
        <Docs
          look={look}
          to="/docs/reference/configuration"
          topic="closing registration: KANDA_REGISTRATION"
        />
      ),
    },
    {
      id: 'https',
      done: installation.https,
      title: 'Put HTTPS in front',
      text: 'This page came over plain HTTP, and no public URL with https:// is set.',
      action: (look) => (
        <Docs look={look} to="/docs/operating/deploying#reverse-proxy" topic="HTTPS in front of Kanda" />
      ),
    },
  ];
}

function Docs({ look, to, topic }: { look: 'primary' | 'secondary'; to: string; topic: string }) {
  return (
    <a href={to} className={buttonClass(look)}>
      How<span className="sr-only">: {topic}</span>
    </a>
  );
}
