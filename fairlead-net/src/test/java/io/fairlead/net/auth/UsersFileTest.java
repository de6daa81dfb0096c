package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import org.junit.jupiter.api.Test;

class UsersFileTest {
  static final String HASH = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

  @Test
  void readsAccountsAndGroups() throws Exception {
    UsersFile users =
        UsersFile.parse("# people\n\nann:" + HASH + ":admin,ops\nbob:" + HASH + "\n", "f", "/u");
    assertThat(users.names()).containsExactly("ann", "bob");
    assertThat(users.groups("ann")).containsExactlyInAnyOrder("admin", "ops");
    assertThat(users.groups("bob")).isEmpty();
  }

  @Test
  void namesEveryBadLine() {
    String text =
        "ann:"
            + HASH
            + "\nann:"
            + HASH
            + "\nbob:secret\nnothing\n:"
            + HASH
            + "\neve:"
            + HASH
            + ":a b\n";
    ConfigException failure =
        catchThrowableOfType(ConfigException.class, () -> UsersFile.parse(text, "f", "/u"));
    assertThat(failure.problems()).extracting(p -> p.place().line()).containsExactly(2, 3, 4, 5, 6);
    assertThat(failure.problems())
        .extracting(Problem::message)
        .noneMatch(m -> m.contains("secret"));
  }
}
