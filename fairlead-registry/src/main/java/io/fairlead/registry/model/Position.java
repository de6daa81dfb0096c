package io.fairlead.registry.model;

import java.time.Instant;
import java.util.Optional;

/** Where in a source's history a list was read. */
public sealed interface Position {
  /** One line for people, logs and audit. */
  String text();

  /**
   * A block of a chain.
   *
   * @param revision the registry's own counter
   * @param digest the registry's own digest
   */
  record Block(long number, String hash, Instant timestamp, long revision, String digest)
      implements Position {
    @Override
    public String text() {
      return "block:" + number + ":" + head(hash, 18);
    }
  }

  /** A state of a file. */
  record File(long size, Instant modified, String sha256) implements Position {
    @Override
    public String text() {
      return "sha256:" + head(sha256, 12);
    }
  }

  /** An answer of an HTTP server. */
  record Http(Optional<String> etag, Optional<Long> sequence, String sha256) implements Position {
    @Override
    public String text() {
      String digest = "sha256:" + head(sha256, 12);
      return sequence.map(number -> "sequence:" + number + ":" + digest).orElse(digest);
    }
  }

  /** A list that stands in the configuration. */
  record Fixed(String sha256) implements Position {
    @Override
    public String text() {
      return "sha256:" + head(sha256, 12);
    }
  }

  private static String head(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }
}
