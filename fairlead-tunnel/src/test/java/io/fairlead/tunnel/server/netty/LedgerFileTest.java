package io.fairlead.tunnel.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.tunnel.codec.LedgerLine;
import io.fairlead.tunnel.codec.ServiceKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFileTest {
  private static final long NOW = 1_795_000_000L;
  private static final long HOUR = 3_600;

  @TempDir private Path dir;

  private static LedgerLine line(String id, int port, boolean shown, long seen) {
    return new LedgerLine(id, ServiceKind.TCP, port, shown, seen, 10, 20, 1, 0);
  }

  @Test
  void countsGoOnAndPortsAreRememberedForADay() {
    Ledger ledger =
        Ledger.of(
            List.of(
                line("box/ssh", 20_001, true, NOW - HOUR),
                line("box/old", 20_002, false, NOW - 25 * HOUR),
                line("box/web", 0, false, 0)),
            NOW);
    assertThat(ledger.ports(ServiceKind.TCP)).isEqualTo(Map.of("box/ssh", 20_001));
    assertThat(ledger.shown()).containsOnlyKeys("box/ssh");
    assertThat(ledger.sentBytes()).isEqualTo(60);
    ledger.of("box/old").sent.add(5);
    assertThat(ledger.lines(NOW))
        .contains(new LedgerLine("box/old", ServiceKind.TCP, 0, false, 0, 10, 25, 1, 0));
  }

  @Test
  void fromASuccessorsFirstWordOnTheFileIsTheSuccessors() throws Exception {
    Path path = dir.resolve("services.jsonl");
    LedgerFile old = new LedgerFile(path, "old");
    LedgerFile successor = new LedgerFile(path, "new");
    old.write(List.of(line("a/b", 1, true, NOW)));
    assertThat(successor.read()).containsExactly(line("a/b", 1, true, NOW));
    old.write(List.of(line("a/b", 2, true, NOW)));
    successor.write(List.of(line("a/b", 3, true, NOW)));
    old.write(List.of());
    assertThat(successor.read()).containsExactly(line("a/b", 3, true, NOW));
  }

  @Test
  void aDamagedFileIsSetAside() throws Exception {
    Path path = dir.resolve("services.jsonl");
    String damaged = "{\"owner\":\"x\"}\nnonsense\n";
    Files.writeString(path, damaged);
    LedgerFile file = new LedgerFile(path, "y");
    assertThat(file.read()).isEmpty();
    file.write(List.of(line("a/b", 1, true, NOW)));
    assertThat(dir.resolve("services.jsonl.damaged-1")).hasContent(damaged);
    assertThat(new LedgerFile(path, "z").read()).containsExactly(line("a/b", 1, true, NOW));
  }

  @Test
  void whatWasReadableBeforeTheDamageGoesOn() throws Exception {
    Path path = dir.resolve("services.jsonl");
    new LedgerFile(path, "x").write(List.of(line("a/b", 1, true, NOW)));
    Files.writeString(path, "{\"id\":", java.nio.file.StandardOpenOption.APPEND);
    assertThat(new LedgerFile(path, "y").read()).containsExactly(line("a/b", 1, true, NOW));
    assertThat(path).doesNotExist();
  }
}
