package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.store.SessionStore;
import org.jspecify.annotations.Nullable;

/** One thing that a batch of the broker wants changed. */
sealed interface Change {
  /** About how much memory it takes while it waits. */
  int bytes();

  /** A session, without what belongs to it. */
  record PutSession(SessionStore.Stored session) implements Change {
    @Override
    public int bytes() {
      return 256;
    }
  }

  /** A shared group. */
  record PutGroup(long number, byte[] filter) implements Change {
    @Override
    public int bytes() {
      return 64 + filter.length;
    }
  }

  /** A session or a group, and all that belongs to it. */
  record DeleteOwner(long number) implements Change {
    @Override
    public int bytes() {
      return 32;
    }
  }

  /** A row of a session that may be there already. */
  record PutRow(Family family, long number, byte[] key, byte[] value) implements Change {
    @Override
    public int bytes() {
      return 64 + key.length + value.length;
    }
  }

  /** A row of a session is not wanted any more. */
  record DeleteRow(Family family, long number, byte[] key) implements Change {
    @Override
    public int bytes() {
      return 48 + key.length;
    }
  }

  /** The retained message of a topic. */
  record Retain(byte[] topic, byte[] value) implements Change {
    @Override
    public int bytes() {
      return 64 + topic.length + value.length;
    }
  }

  /** There is none any more. */
  record Unretain(byte[] topic) implements Change {
    @Override
    public int bytes() {
      return 48 + topic.length;
    }
  }

  /** Something waits for a session or group. */
  final class Enqueue implements Change {
    final long number;
    final QueueStore.Entry entry;
    final Message message;
    @Nullable Shared shared; // set before it is handed over
    byte[] value = {}; // likewise

    Enqueue(long number, QueueStore.Entry entry) {
      this.number = number;
      this.entry = entry;
      this.message = entry.message();
    }

    @Override
    public int bytes() {
      return 96 + value.length;
    }
  }

  /**
   * It was sent, or the client has it.
   *
   * @param owner whose queue it is in: the session itself, or a group
   */
  record Advance(long number, long owner, long sequence, Stage stage, int packetId)
      implements Change {
    @Override
    public int bytes() {
      return 64;
    }
  }

  /** A group's message is not on its way to that session any more. */
  record Withdraw(long number, Stage stage, int packetId) implements Change {
    @Override
    public int bytes() {
      return 48;
    }
  }

  /** It waits no more; rows of its way so far go with it. */
  record Dequeue(long number, long owner, long sequence, Stage stage, int packetId)
      implements Change {
    @Override
    public int bytes() {
      return 64;
    }
  }
}
