package io.fairlead.registry.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.Policy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One entry that leaves is one line, however many targets lose it. */
class JointLinesTest {
  private static final EntryId ENTRY = new EntryId("main", "0x01");

  private final List<Map<String, Object>> told = new CopyOnWriteArrayList<>();
  private final JointLines joint = new JointLines(Clock.system(), told::addAll);

  @BeforeEach
  void twoFollowOneSource() {
    joint.follow(
        Map.of("users", Set.of("main"), "devices", Set.of("main"), "web", Set.of("other")));
  }

  @Test
  void twoTargetsTellItTogether() {
    assertThat(tell("users", "p1", "12D3KooW", 2)).isEmpty();
    joint.looked("users", "p1");
    assertThat(told).isEmpty();
    List<Map<String, Object>> ready = tell("devices", "p1", "10.0.0.1:80", 3);
    assertThat(ready).hasSize(1);
    assertThat(ready.getFirst())
        .containsEntry("target", "users+devices")
        .containsEntry("plan_id", "p-users+p-devices")
        .containsEntry("endpoint", "10.0.0.1:80")
        .containsEntry("policy", "mirror")
        .containsEntry("cut", Map.of("proxy_flows", 3));
    joint.flush();
    assertThat(told).isEmpty();
  }

  @Test
  void aTargetThatDoesNotLoseItIsNotWaitedForLongerThanItsLook() {
    assertThat(tell("users", "p1", "a", 1)).isEmpty();
    joint.looked("devices", "p0");
    assertThat(told).as("that was another list").isEmpty();
    joint.looked("devices", "p1");
    assertThat(told).hasSize(1);
    assertThat(told.getFirst()).containsEntry("target", "users");
  }

  @Test
  void aTargetThatLookedBeforeIsNotWaitedFor() {
    joint.looked("devices", "p1");
    assertThat(tell("users", "p1", "a", 1)).hasSize(1);
  }

  @Test
  void aTargetThatIsSlowIsWaitedForASecond() {
    assertThat(tell("users", "p1", "a", 1)).isEmpty();
    joint.looked("users", "p1");
    await().atMost(Duration.ofSeconds(30)).until(() -> told.size() == 1);
    assertThat(tell("devices", "p1", "a", 1)).as("late, and told by itself").hasSize(1);
  }

  @Test
  void twoEventsOfOneEntryAreTwoLines() {
    assertThat(tell("users", "p1", "a", 1)).isEmpty();
    assertThat(tell("devices", "p2", "a", 1)).isEmpty();
    joint.flush();
    assertThat(told).hasSize(2);
  }

  private List<Map<String, Object>> tell(String target, String position, String text, int cut) {
    Change change =
        new Change(
            Change.Op.REMOVE,
            Change.Reason.REVOKED,
            List.of(text),
            text,
            Optional.of(ENTRY),
            Optional.empty());
    Plan plan =
        new Plan(
            target,
            Policy.MIRROR,
            "main",
            position,
            Optional.empty(),
            "",
            List.of(change),
            List.of(),
            List.of());
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("target", target);
    line.put("policy", "mirror");
    line.put("plan_id", "p-" + target);
    line.put("result", "ok");
    line.put("endpoint", text);
    line.put("cut", new HashMap<>(Map.of("proxy_flows", cut)));
    return new ArrayList<>(joint.tell(plan, Map.of(change, line)));
  }
}
