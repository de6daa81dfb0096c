package io.fairlead.app;

/**
 * Where a running command talks to its operator.
 *
 * <p>Standard output carries data only, standard error everything else. Calls from several threads
 * keep their lines whole.
 */
public interface Console {
  /** One line of data on standard output. */
  void out(String line);

  /** One line for the operator on standard error; no colour codes, the console adds none. */
  void err(String line);

  /** Whether standard error is a terminal. */
  boolean tty();

  /** Whether colour codes may be written to standard error. */
  boolean colour();

  /** Whether the operator asked for machine-readable output. */
  boolean json();

  /** Whether only failures may be reported. */
  boolean quiet();

  /** How often {@code -v} was given, from 0. */
  int verbosity();
}
