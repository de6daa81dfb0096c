package io.fairlead.relay.finder;

import static io.fairlead.relay.finder.FinderScene.address;
import static io.fairlead.relay.finder.FinderScene.through;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Reachability;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressBookTest {
  private static final Multiaddr OPEN = address("/ip4/8.8.8.8/tcp/4001");
  private static final Multiaddr LOCAL = address("/ip4/10.0.0.1/tcp/4001");
  private static final Multiaddr NAMED = address("/dns4/gw.example.net/tcp/4001");
  private static final List<Multiaddr> OWN = List.of(OPEN, LOCAL, NAMED);
  private static final Multiaddr RELAYED = through(1);

  private static List<Multiaddr> said(
      List<Multiaddr> announce, Reachability reachability, AddressBook.Probed probed) {
    return new AddressBook(announce, List.of(RELAYED), reachability, probed).said(OWN);
  }

  @Test
  void saysRelaysOnlyWhileItIsKnownToBePrivate() {
    AddressBook.Probed nothing = AddressBook.Probed.NOTHING;
    assertThat(said(List.of(), Reachability.UNKNOWN, nothing))
        .containsExactlyInAnyOrderElementsOf(OWN);
    assertThat(said(List.of(), Reachability.PUBLIC, nothing))
        .containsExactlyInAnyOrderElementsOf(OWN);
    assertThat(said(List.of(), Reachability.PRIVATE, nothing))
        .containsExactlyInAnyOrder(LOCAL, RELAYED);
  }

  @Test
  void whereAddressesWereTriedTheirOwnResultsCount() {
    AddressBook.Probed some = new AddressBook.Probed(Set.of(NAMED), Set.of(OPEN));
    assertThat(said(List.of(), Reachability.PRIVATE, some)).containsExactlyInAnyOrder(LOCAL, NAMED);

    AddressBook.Probed none = new AddressBook.Probed(Set.of(), Set.of(OPEN, NAMED));
    assertThat(said(List.of(), Reachability.UNKNOWN, none))
        .containsExactlyInAnyOrder(LOCAL, RELAYED);
  }

  @Test
  void whatAnOperatorAnnouncesIsSaidInPlaceOfItsOwn() {
    AddressBook.Probed nothing = AddressBook.Probed.NOTHING;
    assertThat(said(List.of(NAMED), Reachability.PUBLIC, nothing)).containsExactly(NAMED);
    assertThat(said(List.of(NAMED), Reachability.PRIVATE, nothing))
        .containsExactlyInAnyOrder(NAMED, RELAYED);
  }
}
