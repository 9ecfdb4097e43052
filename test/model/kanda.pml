/*
 * A model of what lies around one decision: the group commit, a sync that fails, reads, the signer of the log, a
 * process that is killed, a power cut, and an adversary who writes to the database. Spin visits every order of events
 * within the bounds and checks the assertions; test/model/model.test.ts runs it.
 *
 * Each guard of the implementation can be taken out with -D. The model must then fail, or it shows nothing:
 *
 *   NO_WATERMARK     decide() accepts a step that is not above the watermark     domain/verdicts/decide.ts
 *   NO_SYNC_WAIT     callers are answered after the commit, before the sync      store/sqlite/group-commit.ts
 *   NO_REWRITE       after a failed sync the log is not written back in place    store/sqlite/wal-sync.ts
 *   NO_START_SYNC    a new process commits before it has synced what it found    store/sqlite/store.ts
 *   NO_READ_GUARD    a read is answered while what it saw is not synced          decision 0003
 *   NO_ANCHOR        the signer remembers only what the database tells it        decision 0004
 */

#define STEPS 3          /* codes are steps 1 … STEPS */
#define MAX_LOG 3        /* events */
#define MASK(n) ((1 << (n)) - 1)

mtype = { start, idle, committed, broken };
mtype phase = start;

/* What a transaction sees (in the page cache), and what is on the disk. */
byte seen_watermark, disk_watermark;
byte seen_log, disk_log;
/* Bit i: event i was changed by the adversary. */
byte content;

/* The kernel has dropped pages that it could not write: later syncs succeed and write nothing. */
bool pages_lost;

/* The batch that waits for its sync. */
byte batch_size, batch_step[2];
bool batch_valid[2];

byte clock = 1;

/* A read between its look at the store and its answer. */
bool reading;
byte read_log;

/* The newest checkpoint: in the database, where the adversary can delete it, and in the sealed file. */
byte row_size, anchor_size, anchor_content;
bool anchor_ahead;

/* Budgets, which keep the model finite. */
byte kills, cuts, failed_syncs, tampered, jumps;

/* What the world outside has seen. */
byte answered_valid[STEPS + 1];
byte highest_answered;
byte shown_log;
byte signed_size, signed_content;

inline judge(i, step) {
  batch_step[i] = step;
  batch_valid[i] = false;
#ifdef NO_WATERMARK
  if
  :: step >= seen_watermark -> batch_valid[i] = true; seen_watermark = step
  :: else
  fi;
#else
  if
  :: step > seen_watermark -> batch_valid[i] = true; seen_watermark = step
  :: else
  fi;
#endif
  seen_log++
}

/* A code of the window around now: the step of the clock and one to each side. */
inline typed(step) {
  if
  :: clock > 1 -> step = clock - 1
  :: step = clock
  :: clock < STEPS -> step = clock + 1
  fi
}

/* Values that no longer matter become zero, so that states which differ in nothing else are one. */
inline forget_batch() {
  batch_size = 0;
  batch_step[0] = 0;
  batch_step[1] = 0;
  batch_valid[0] = false;
  batch_valid[1] = false;
  i = 0;
  step = 0
}

inline answer_batch() {
  i = 0;
  do
  :: i < batch_size ->
     if
     :: batch_valid[i] ->
        answered_valid[batch_step[i]]++;
        /* A code is accepted once, whatever happened in between. */
        assert(answered_valid[batch_step[i]] <= 1);
        if
        :: batch_step[i] > highest_answered -> highest_answered = batch_step[i]
        :: else
        fi
     :: else
     fi;
     i++
  :: else -> break
  od;
  forget_batch()
}

inline write_to_disk() {
  disk_watermark = seen_watermark;
  disk_log = seen_log
}

/* What dies with a process: its batch and its reads, without an answer. */
inline lose_process() {
  forget_batch();
  reading = false;
  read_log = 0;
  phase = start
}

active proctype world() {
  byte i, step;
end:
  do
  /* The process starts: before its first commit it writes back what the log holds, and syncs it. */
  :: phase == start -> atomic {
#ifndef NO_START_SYNC
       pages_lost = false;
       write_to_disk();
#endif
       phase = idle
     }

  /* One batch of one or two attempts, in one transaction; the second sees what the first wrote. */
  :: phase == idle && seen_log < MAX_LOG -> atomic {
       typed(step);
       judge(0, step);
       batch_size = 1;
       if
       :: true
       :: seen_log < MAX_LOG -> typed(step); judge(1, step); batch_size = 2
       fi;
       phase = committed;
#ifdef NO_SYNC_WAIT
       answer_batch()
#endif
     }

  /* The sync succeeds; only then are the callers answered. */
  :: phase == committed -> atomic {
       if
       :: !pages_lost -> write_to_disk()
       :: else
       fi;
       answer_batch();
       phase = idle
     }

  /* The sync fails: everyone in the batch gets 503, and nothing is committed before the log is written anew. */
  :: phase == committed && failed_syncs < 1 -> atomic {
       failed_syncs++;
       pages_lost = true;
       forget_batch();
#ifdef NO_REWRITE
       phase = idle
#else
       phase = broken
#endif
     }
  :: phase == broken -> atomic {
       pages_lost = false;
       write_to_disk();
       phase = idle
     }

  /* A read looks at the store, and answers when what it saw is on the disk, as far as the process can know. */
  :: phase != start && !reading && seen_log > shown_log -> atomic {
       reading = true;
       read_log = seen_log
     }
#ifdef NO_READ_GUARD
  :: reading -> atomic {
#else
  :: reading && phase == idle && (read_log <= disk_log || pages_lost) -> atomic {
#endif
       if
       :: read_log > shown_log -> shown_log = read_log
       :: else
       fi;
       reading = false;
       read_log = 0
     }

  /* The signer: first the anchor is written, where the database's writer cannot reach, then the checkpoint is sent. */
#ifdef NO_ANCHOR
  :: phase == idle && !pages_lost && disk_log > row_size -> atomic {
#else
  :: phase == idle && !pages_lost && disk_log > row_size && disk_log >= anchor_size &&
     (content & MASK(anchor_size)) == anchor_content -> atomic {
#endif
       anchor_size = disk_log;
       anchor_content = content & MASK(disk_log);
       anchor_ahead = true
     }
  :: anchor_ahead && phase == idle -> atomic {
       /* Whatever was signed before is a part of what is signed now. */
       assert(anchor_size >= signed_size && (anchor_content & MASK(signed_size)) == signed_content);
       signed_size = anchor_size;
       signed_content = anchor_content;
       row_size = anchor_size;
       anchor_ahead = false
     }

  /* Who can write to the database changes an event and deletes the checkpoints after it. */
  :: tampered < 1 && disk_log > 0 && phase == idle -> atomic {
       tampered++;
       if
       :: content = content | 1
       :: disk_log > 1 -> content = content | 2
       fi;
       row_size = 0
     }

  /* The process is killed: the page cache stays. */
  :: phase != start && kills < 1 -> atomic { kills++; lose_process() }

  /* The power goes: of what was not synced, anything from nothing to all may have been written. */
  :: cuts < 1 -> atomic {
       cuts++;
       if
       :: seen_watermark = disk_watermark; seen_log = disk_log
       :: !pages_lost -> write_to_disk()
       fi;
       pages_lost = false;
       lose_process();
       /* What was read from outside is still there, and so is what was accepted. */
       assert(shown_log <= seen_log);
       assert(highest_answered <= seen_watermark)
     }

  /* Time passes, and now and then a clock is put back. */
  :: clock < STEPS -> clock++
  :: clock > 1 && jumps < 1 -> atomic { jumps++; clock-- }
  od
}
