package io.fairlead.core.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceTreeTest {
  private final List<String> journal = new ArrayList<>();

  @Test
  void startsInOrderDrainsAndClosesInReverse() throws Exception {
    var tree = new ServiceTree(List.of(service("a"), service("b"), service("c")));
    tree.start();
    tree.drain(Deadline.in(new ManualClock(), Duration.ofSeconds(1)));
    tree.close();
    assertThat(journal)
        .containsExactly(
            "start a", "start b", "start c", "drain c", "drain b", "drain a", "close c", "close b",
            "close a");
    assertThat(tree.states().values()).containsOnly(ServiceState.CLOSED);
  }

  @Test
  void failedStartClosesWhatHadStartedInReverseAndKeepsLaterFailures() {
    var tree =
        new ServiceTree(
            List.of(
                service("a"),
                new Recorded("b") {
                  @Override
                  public void close() {
                    super.close();
                    throw new IllegalStateException("b cannot close");
                  }
                },
                new Recorded("c") {
                  @Override
                  public void start() throws StartException {
                    throw new StartException(StartException.Reason.ADDRESS_IN_USE, "port taken");
                  }
                },
                service("d")));
    assertThatThrownBy(tree::start)
        .isInstanceOf(StartException.class)
        .hasMessage("port taken")
        .satisfies(
            failure ->
                assertThat(failure.getSuppressed())
                    .singleElement()
                    .hasFieldOrPropertyWithValue("message", "b cannot close"));
    assertThat(journal).containsExactly("start a", "start b", "close c", "close b", "close a");
    assertThat(tree.states())
        .containsEntry("a", ServiceState.CLOSED)
        .containsEntry("c", ServiceState.FAILED)
        .containsEntry("d", ServiceState.NEW);
  }

  @Test
  void secondStartIsAnError() throws Exception {
    var tree = new ServiceTree(List.of(service("a")));
    tree.start();
    assertThatThrownBy(tree::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aFailingDrainDoesNotKeepTheOthersFromDraining() throws Exception {
    var tree =
        new ServiceTree(
            List.of(
                service("a"),
                new Recorded("b") {
                  @Override
                  public void drain(Deadline deadline) {
                    throw new IllegalStateException("stuck");
                  }
                }));
    tree.start();
    tree.drain(Deadline.in(new ManualClock(), Duration.ZERO));
    assertThat(journal).containsExactly("start a", "start b", "drain a");
  }

  @Test
  void namesAreUnique() {
    assertThatThrownBy(() -> new ServiceTree(List.of(service("a"), service("a"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a");
  }

  private Service service(String name) {
    return new Recorded(name);
  }

  private class Recorded implements Service {
    private final String name;

    Recorded(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start() throws StartException {
      journal.add("start " + name);
    }

    @Override
    public void drain(Deadline deadline) {
      journal.add("drain " + name);
    }

    @Override
    public void close() {
      journal.add("close " + name);
    }
  }
}
