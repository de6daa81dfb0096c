package io.fairlead.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.http.ForwardFailure.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExchangeTest {
  /** Inputs by one word each; effects as they were called. */
  private static final class Table implements Exchange.Output {
    final List<String> effects = new ArrayList<>();
    final Exchange exchange;
    int allowed;
    private int unwelcome;

    Table(boolean idempotent, int allowed) {
      exchange = new Exchange(this, idempotent);
      this.allowed = allowed;
    }

    Table run(String inputs) {
      for (String input : inputs.trim().split(" +")) {
        switch (input) {
          case "start" -> exchange.start();
          case "dialled" -> exchange.connected(false);
          case "pooled" -> exchange.connected(true);
          case "sent" -> exchange.headSent();
          case "taken" -> exchange.bodyTaken();
          case "complete" -> exchange.requestComplete();
          case "info" -> exchange.informational(16);
          case "head" -> {
            if (exchange.head()) effects.add("pass");
          }
          case "switched" -> exchange.switched();
          case "end" -> exchange.responseEnd(true);
          case "dirty-end" -> exchange.responseEnd(false);
          case "refused" -> exchange.dialFailed(ForwardFailure.of(Kind.DIAL));
          case "unprocessed" -> exchange.upstreamFailed(Kind.REFUSED);
          case "closed" -> exchange.upstreamFailed(Kind.CLOSED_BEFORE_HEAD);
          case "cut-short" -> exchange.upstreamFailed(Kind.CLOSED_IN_BODY);
          case "bad" -> exchange.upstreamFailed(Kind.BAD_RESPONSE);
          case "slow" -> exchange.upstreamFailed(Kind.HEAD_TIMEOUT);
          case "client" -> exchange.clientFailed(Kind.CLIENT);
          default -> throw new IllegalArgumentException(input);
        }
      }
      return this;
    }

    @Override
    public void connect(boolean fresh) {
      effects.add(fresh ? "fresh" : "connect");
    }

    @Override
    public boolean again(int attempts, ForwardFailure failure) {
      effects.add("ask" + attempts);
      return allowed-- > 0;
    }

    @Override
    public boolean unwelcome(int attempts) {
      if (unwelcome-- <= 0) return false;
      effects.add("unwelcome" + attempts);
      return true;
    }

    @Override
    public void finish() {
      effects.add("finish");
    }

    @Override
    public void answer(ForwardFailure failure) {
      effects.add("answer:" + failure.kind());
    }

    @Override
    public void abortClient() {
      effects.add("abort");
    }

    @Override
    public void letGo(boolean reusable) {
      effects.add(reusable ? "keep" : "discard");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // idempotent, retries the owner allows, inputs, effects
    "true, 0, start dialled sent complete head end, connect pass keep finish",
    "true, 0, start dialled sent complete head dirty-end, connect pass discard finish",
    "false, 0, start dialled sent taken head end, connect pass discard finish",
    "true, 0, start dialled sent complete info info head end, connect pass keep finish",
    "true, 0, start dialled sent complete switched closed client end, connect",
    // dialling: nothing has left, so even a POST may be tried again
    "false, 0, start refused, connect discard ask1 answer:DIAL",
    "false, 1, start refused dialled sent complete head end, connect discard ask1 connect pass keep finish",
    "false, 2, start refused refused refused, connect discard ask1 connect discard ask2 connect discard ask3 answer:DIAL",
    // a stale pooled connection: once by itself, then by asking
    "true, 0, start pooled sent complete closed dialled sent complete head end, connect discard fresh pass keep finish",
    "true, 0, start pooled sent complete closed dialled sent closed, connect discard fresh discard ask1 answer:CLOSED_BEFORE_HEAD",
    "false, 0, start pooled closed dialled sent complete head end, connect discard fresh pass keep finish",
    "false, 9, start pooled sent closed, connect discard answer:CLOSED_BEFORE_HEAD",
    // not idempotent, or its body was touched: never again
    "false, 9, start dialled sent closed, connect discard answer:CLOSED_BEFORE_HEAD",
    "false, 9, start dialled sent slow, connect discard answer:HEAD_TIMEOUT",
    "true, 9, start dialled sent taken closed, connect discard answer:CLOSED_BEFORE_HEAD",
    "true, 9, start pooled sent taken closed, connect discard answer:CLOSED_BEFORE_HEAD",
    "true, 1, start dialled sent complete bad dialled sent complete head end, connect discard ask1 connect pass keep finish",
    // the upstream says that it did not begin: any method, as long as its body is still whole
    "false, 0, start pooled sent complete unprocessed dialled sent complete head end, connect discard fresh pass keep finish",
    "false, 1, start dialled sent complete unprocessed dialled sent complete head end, connect discard ask1 connect pass keep finish",
    "false, 9, start dialled sent taken unprocessed, connect discard answer:REFUSED",
    // after the head: no way back
    "true, 9, start dialled sent complete head cut-short, connect pass discard abort",
    "true, 9, start dialled sent complete head bad end, connect pass discard abort",
    // the client leaves
    "true, 9, start client refused, connect discard",
    "true, 9, start dialled sent client closed head end, connect discard",
    "true, 9, start dialled sent complete head client end, connect pass discard",
    // late news
    "true, 0, start dialled sent complete head end closed client head info, connect pass keep finish",
    "true, 0, start dialled head head, connect pass",
  })
  void transitions(boolean idempotent, int allowed, String inputs, String effects) {
    Table table = new Table(idempotent, allowed).run(inputs);
    assertThat(String.join(" ", table.effects)).isEqualTo(effects);
  }

  @Test
  void aBadGatewayIsAskedElsewhereWhenThatIsSafe() {
    Table table = new Table(true, 0);
    table.unwelcome = 1;
    table.run("start dialled sent complete head dialled sent complete head end");
    assertThat(String.join(" ", table.effects))
        .isEqualTo("connect unwelcome1 discard connect pass keep finish");
    Table taken = new Table(true, 0);
    taken.unwelcome = 1;
    taken.run("start dialled sent taken complete head end");
    assertThat(String.join(" ", taken.effects)).isEqualTo("connect pass keep finish");
    Table post = new Table(false, 0);
    post.unwelcome = 1;
    post.run("start dialled sent complete head end");
    assertThat(String.join(" ", post.effects)).isEqualTo("connect pass keep finish");
  }

  @Test
  void theSeventeenthInformationalResponseIsOneTooMany() {
    Table table = new Table(true, 0).run("start dialled sent complete" + " info".repeat(16));
    assertThat(table.effects).containsExactly("connect");
    table.run("info");
    assertThat(table.effects).containsExactly("connect", "discard", "ask1", "answer:BAD_RESPONSE");
    assertThat(table.exchange.failure().orElseThrow().kind()).isEqualTo(Kind.BAD_RESPONSE);
  }
}
