package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.app.cli.ControlCommands.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code pubsub newHeads | logs | pending | syncing | raw | call}, which talk to a node, and {@code
 * chains}, which asks the running gateway.
 */
final class PubSubCommands {
  private static final List<Option> NODE =
      List.of(
          value("URL", "ws, wss, http, https, or a Unix socket's path; repeatable", "--rpc"),
          value("NAME:VALUE", "a field sent when connecting; repeatable", "--header"),
          value("FILE", "32 bytes in hex: sign a token for each connection", "--jwt-secret"),
          value("FILE", "authorities to trust instead of the system's, PEM", "--ca"),
          value("HOW", "over HTTP: blocks (default) or filters", "--poll"),
          value("MODE", "several nodes: failover (default), race:N or quorum:K", "--mode"));
  private static final List<Option> STREAM =
      List.of(
          value("N", "end after so many", "--count"),
          value("D", "end after that time", "--duration"),
          flag("end with 69 when the connection is lost", "--no-reconnect"),
          flag("lines about the connection too", "--status-events"),
          flag("what came and what it took, on standard error", "--stats"),
          value("FORM", "jsonl (default), pretty or raw", "--format"));
  private static final Positional METHOD =
      new Positional("METHOD", true, List.of(), "e.g. eth_blockNumber");
  private static final Positional METHOD_OR_STDIN =
      new Positional("METHOD", true, List.of(), "e.g. chain_subscribeNewHeads; - for requests");
  private static final Positional PARAMS =
      new Positional("PARAMS", false, List.of(), "JSON; [] by default");

  private final ControlCommands control;

  PubSubCommands(ControlCommands control) {
    this.control = control;
  }

  Command group() {
    return Command.group(
        "pubsub",
        "follow an Ethereum node",
        List.of(
            stream("newHeads", "print headers as they come", List.of(), List.of()),
            stream(
                "logs",
                "print logs as they come",
                List.of(
                    value("ADDR", "of this contract; repeatable", "--address"),
                    value("HASH", "whose first topic is this; repeatable", "--topic0"),
                    value("HASH", "second topic; repeatable", "--topic1"),
                    value("HASH", "third topic; repeatable", "--topic2"),
                    value("HASH", "fourth topic; repeatable", "--topic3"),
                    value(
                        "SIG",
                        "first topic by its event, and its arguments decoded; repeatable:"
                            + " 'Transfer(address indexed from, …)'",
                        "--event"),
                    value("LEVEL", "raw, resumed (default) or exact", "--level"),
                    value("N", "history first, from this block", "--from-block"),
                    value("N", "hold back until so many blocks lie on top", "--confirmations"),
                    value("DIR", "go on where this folder says, and note progress", "--cursor")),
                List.of()),
            stream("pending", "print hashes of pending transactions", List.of(), List.of()),
            stream("syncing", "print whether the node catches up", List.of(), List.of()),
            stream(
                "raw",
                "print what any subscription tells; `raw -` answers requests of standard input",
                List.of(
                    value(
                        "NAME",
                        "how to end it, where it cannot be guessed",
                        "--unsubscribe-method")),
                List.of(METHOD_OR_STDIN, PARAMS)),
            Command.leaf(
                "call",
                "ask a node one thing and print the answer",
                NODE,
                List.of(METHOD, PARAMS),
                call -> new PubSubWatch(call).call()),
            Command.leaf(
                "chains", "chains of the running gateway", List.of(), List.of(), this::chains)));
  }

  private static Command stream(
      String name, String summary, List<Option> more, List<Positional> words) {
    List<Option> options = new ArrayList<>(NODE);
    options.addAll(STREAM);
    options.addAll(more);
    return Command.leaf(name, summary, options, words, call -> new PubSubWatch(call).follow(name));
  }

  private int chains(Call call) throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, new Request("GET", "/v1/pubsub/chains"));
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    Map<String, @Nullable Object> report = ControlCommands.understood(answer);
    if (call.json()) {
      call.terminal().data(Json.print(report));
      return Exit.OK;
    }
    for (var chain : Json.children(report, "chains")) {
      call.terminal()
          .data(
              String.join(
                  "  ",
                  Json.text(chain, "name").orElse(""),
                  Json.text(chain, "state").orElse(""),
                  Json.text(chain, "endpoint").orElse(""),
                  "head=" + Json.number(chain, "head_number").orElse(-1L),
                  "subscriptions=" + Json.number(chain, "subscriptions").orElse(0L)));
    }
    return Exit.OK;
  }
}
