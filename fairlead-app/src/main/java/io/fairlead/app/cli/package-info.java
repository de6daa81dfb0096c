/**
 * The command line: words in, exit code out.
 *
 * <p>Start with {@link CommandTree} (all commands on one screen), then {@link Cli} (parse,
 * dispatch, report), then {@link RunCommands}, {@link OneLiners} and {@link ControlCommands}.
 *
 * <p>Flow: words → {@link Cli} → {@link Call} → a command's action → exit code, or {@link
 * CommandFailure}. What runs and what is described comes in through {@link Product}; a running
 * gateway is reached by {@link ControlClient} only.
 *
 * <p>Invariants: data goes to standard output, all else to standard error; a command that does not
 * need them loads neither the log backend nor the network library nor the configuration engine;
 * nothing here ends the process.
 */
@NullMarked
package io.fairlead.app.cli;

import org.jspecify.annotations.NullMarked;
