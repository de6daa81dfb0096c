package io.fairlead.relay.finder;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases every finder of relays is held to, and the test that holds ours to each. */
class FinderCasesTest {
  @ParameterizedTest
  @CsvSource({
    "single candidate,                              asksForOneAndReservesOnOne",
    "single relay,                                  holdsNoMoreThanDesired",
    "wait for candidates,                           waitsForEnoughCandidatesAfterTheStart",
    "boot delay,                                    goesOnWithFewerOnceTheBootDelayIsOver",
    "backoff,                                       leavesAPeerThatFailedAlone",
    "no backoff after success,                      leavesAPeerAloneOnlyAfterAFailure",
    "static relays,                                 usesAFixedList",
    "reconnect after disconnect,             takesAnotherWhenTheRelayGoesAndTheSourceNeverEnds",
    "max age,                                       dropsCandidatesThatAreTooOld",
    "static reconnect,                              comesBackToTheOnlyRelay",
    "min interval,                                  asksTheSourceNoMoreOftenThanItMay",
    "no busy loop,                                  restsWhenNothingIsWanted",
    "address events,                                saysAddressesWhenTheyChangeAndOnlyThen",
    "refresh failure refills,                       fillsUpAfterARefusedRefresh",
    "refresh failure with valid reservation,        keepsAValidReservationWhoseRefreshFailed",
    "expired after clock jump,               losesReservationsThatEndedWhileTheMachineSlept",
    "protection released,                           protectsRelaysAsLongAsTheyAreHeld",
    "stop publishes empty,                          saysNothingAfterTheStop",
    "restart without boot delay,      startsAgainWithoutBootDelayAndWithTheRelaysThatAreLeft",
    "source never completing,                takesAnotherWhenTheRelayGoesAndTheSourceNeverEnds",
    "1000 candidates offered with room for 20,      takesNoMoreCandidatesThanItHasRoomFor",
    "selection seeded,                              theSameSeedChoosesTheSame",
    "make before break,                             aDrainingEntryIsReplacedBeforeItEnds",
    "sticky reconnect, triesALostRelayFirstAndSaysItsAddressesUntilTheGraceIsOver",
    "graded backoff,                                refusalsForLackOfRoomAreWaitedForLonger",
  })
  void eachHasATest(String row, String test) {
    assertThat(tests(RelayFinderTest.class)).as(row).contains(test);
  }

  @Test
  void addressesAreCleanedAsTheTableSays() {
    assertThat(tests(RelayAddressesTest.class)).contains("cleans");
  }

  private static String[] tests(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(
            method ->
                Arrays.stream(method.getAnnotations())
                    .anyMatch(each -> each instanceof Test || each instanceof ParameterizedTest))
        .map(Method::getName)
        .toArray(String[]::new);
  }
}
