package io.fairlead.pubsub.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.log.FollowerEffect.FailOverCause;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.pubsub.log.ModelChain.Block;
import io.fairlead.pubsub.log.Query.FinalityTag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ChainFollowerTest {
  private static final FollowerOptions RESUMED = FollowerOptions.RESUMED.withReorgDepth(16);
  private static final FollowerOptions EXACT = FollowerOptions.EXACT.withReorgDepth(16);
  private static final FollowerOptions HEADS = FollowerOptions.HEADS.withReorgDepth(16);

  // Live

  @Test
  void passesLiveLogsOnAtOnceWithoutAsking() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(2);
    assertThat(node.entries()).containsExactly("+6.1 live", "+6.2 live");
    assertThat(node.asked).isEmpty();
  }

  @Test
  void takesLogsBeforeTheirHead() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    Block block = node.mineQuietly(2);
    node.logs(block);
    node.head(block);
    assertThat(node.entries()).containsExactly("+6.1 live", "+6.2 live");
    assertThat(node.asked).isEmpty();
  }

  @Test
  void tellsALogOnce() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    Block block = node.mine(1);
    node.logs(block);
    node.head(block);
    assertThat(node.entries()).containsExactly("+6.1 live");
    assertThat(node.tallies).containsEntry(Tally.DUPLICATE, 1L);
  }

  @Test
  void tellsTheSameTransactionInAnotherBlockAgain() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(1);
    node.chain.revert(1);
    node.mine(1);
    assertThat(node.entries()).containsExactly("+6.1 live", "-6.1 reorg", "+6'.1 filled");
  }

  @Test
  void aLaterLogProvesEarlierBlocksComplete() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(1);
    assertThat(node.follower.completeUpTo()).isEqualTo(5);
    // The first head after subscribing may have been sent before its logs were: it is asked about.
    node.mine(1);
    node.mine(1);
    node.mine(1);
    assertThat(node.follower.completeUpTo()).isEqualTo(8);
    assertThat(node.asked).hasSize(1).allMatch(query -> query instanceof Query.EntriesOf);
  }

  @Test
  void aBlockThatItsBloomExcludesIsCompleteAtOnce() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(0);
    assertThat(node.told).containsExactly("=6");
  }

  @Test
  void findsALogThatTheNodeForgotToPush() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(0);
    Block silent = node.mineQuietly(1);
    node.head(silent);
    node.mine(0);
    assertThat(node.entries()).isEmpty();
    node.mine(0);
    assertThat(node.entries()).containsExactly("+7.1 audit");
  }

  @Test
  void believesAWrongBloomOnlyAtTheSecondEmptyAnswer() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    Block bloomed = node.chain.mine(0, true);
    node.head(bloomed);
    for (int i = 0; i < 4; i++) node.mine(0);
    assertThat(node.asked)
        .extracting(query -> query.getClass().getSimpleName())
        .containsExactly("EntriesOf", "EntriesOf", "HeaderOf");
    assertThat(node.tallies).containsEntry(Tally.BLOOM_FALSE_POSITIVE, 1L);
    assertThat(node.follower.completeUpTo()).isEqualTo(10);
  }

  // What the server says was removed

  @Test
  void f23PassesARemovalOnOnceAndOnlyOfWhatWasTold() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    Block told = node.mine(1);
    Block other = FollowerFixture.at(RESUMED, 9).mine(1);
    node.entries();
    node.log(told.logs().getFirst(), true);
    node.log(told.logs().getFirst(), true);
    node.log(other.logs().getFirst(), true);
    assertThat(node.entries()).containsExactly("-6.1 server");
    assertThat(node.tallies).containsEntry(Tally.REMOVED_BY_SERVER, 1L);
  }

  @Test
  void aRemovalThatWasWrongIsMadeGood() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    Block told = node.mine(1);
    node.log(told.logs().getFirst(), true);
    node.pass(Duration.ofSeconds(3));
    assertThat(node.entries()).containsExactly("+6.1 live", "-6.1 server", "+6.1 filled");
  }

  // Reorgs

  @Test
  void removesNewestFirstAndAddsTheNewBranch() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(2);
    node.mine(2);
    node.entries();
    node.chain.revert(2);
    node.mineQuietly(1);
    node.mineQuietly(0);
    node.head(node.mineQuietly(1));
    assertThat(node.entries())
        .containsExactly(
            "-7.2 reorg", "-7.1 reorg", "-6.2 reorg", "-6.1 reorg", "+6'.1 filled", "+8.1 filled");
  }

  @Test
  void noticesARollbackByALowerHead() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(1);
    node.mine(1);
    node.mine(1);
    node.entries();
    node.chain.revert(3);
    node.mine(1);
    assertThat(node.entries())
        .containsExactly("-8.1 reorg", "-7.1 reorg", "-6.1 reorg", "+6'.1 filled");
  }

  @Test
  void noticesWhatChangedWhileNobodyListened() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mine(1);
    node.mine(1);
    node.entries();
    node.detach();
    node.chain.revert(1);
    node.mineQuietly(1);
    node.mineQuietly(1);
    node.attach();
    assertThat(node.entries()).containsExactly("-7.1 reorg", "+7'.1 filled", "+8.1 filled");
  }

  @Test
  void takesBackALogWhoseHeadNeverCame() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.logs(node.mineQuietly(1));
    node.chain.revert(1);
    node.mine(0);
    assertThat(node.entries()).containsExactly("+6.1 live", "-6.1 reorg");
  }

  @Test
  void asksForAHeadThatDoesNotFollowItsLogs() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.logs(node.mineQuietly(1));
    node.pass(Duration.ofSeconds(1));
    assertThat(node.asked).isEmpty();
    node.pass(Duration.ofSeconds(2));
    assertThat(node.asked).isNotEmpty();
    assertThat(node.follower.completeUpTo()).isEqualTo(6);
  }

  @Test
  void f25AReorgBelowWhatIsRememberedEndsIt() {
    FollowerFixture node = longFollowed(RESUMED);
    node.chain.revert(20);
    for (int i = 0; i < 22; i++) node.mineQuietly(0);
    node.mine(1);
    assertThat(node.entries()).containsExactly("gap 6-25 DEEP_REORG");
    assertThat(node.end).contains(Delivery.GapCause.DEEP_REORG);
    assertThat(node.follower.phase()).isEqualTo(ChainFollower.Phase.ENDED);
  }

  @Test
  void f25ADeepReorgIsGoneOnFromWhereThatIsAskedFor() {
    FollowerFixture node = longFollowed(RESUMED.continuingAfterDeepReorg());
    node.chain.revert(20);
    for (int i = 0; i < 22; i++) node.mineQuietly(0);
    node.mine(1);
    List<String> entries = node.entries();
    assertThat(entries).startsWith("gap 6-25 DEEP_REORG", "-41.1 reorg").endsWith("+44.1 filled");
    assertThat(entries.stream().filter(line -> line.startsWith("-"))).hasSize(16);
    assertThat(node.end).isEmpty();
  }

  private static FollowerFixture longFollowed(FollowerOptions options) {
    FollowerFixture node = FollowerFixture.at(options, 5);
    for (int i = 0; i < 36; i++) node.mine(1);
    node.pass(Duration.ofSeconds(1));
    node.entries();
    return node;
  }

  @Test
  void aReorgOfBlocksBeforeASubscriptionFromNowIsFollowed() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    List<BlockHeader> recent = node.chain.branch().stream().skip(2).map(Block::header).toList();
    node.replaceWith(RESUMED, new FollowerStart.After(recent));
    node.attach();
    node.chain.revert(2);
    node.mine(1);
    node.mine(1);
    assertThat(node.entries()).containsExactly("+4'.1 filled", "+5'.1 live");
  }

  // Holes

  @Test
  void fillsAHoleInTheHeads() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mineQuietly(1);
    node.mineQuietly(2);
    node.mine(1);
    assertThat(node.entries())
        .containsExactly("+6.1 filled", "+7.1 filled", "+7.2 filled", "+8.1 filled");
  }

  @Test
  void whatComesWhileAskingIsToldAfterwardsAndOnce() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mineQuietly(1);
    node.stopAnswering();
    Block seven = node.mine(1);
    Block eight = node.mine(1);
    assertThat(node.entries()).isEmpty();
    node.answerOpen();
    node.logs(seven);
    node.logs(eight);
    assertThat(node.entries()).containsExactly("+6.1 filled", "+7.1 filled", "+8.1 filled");
  }

  @Test
  void readsHistoryByRangesAndTheNewestBlocksByHash() {
    FollowerFixture node = new FollowerFixture(RESUMED, new FollowerStart.FromBlock(1), 1_000_000);
    for (int i = 0; i < 40; i++) node.mineQuietly(1);
    node.attach();
    assertThat(node.entries()).hasSize(40).startsWith("+1.1 filled").endsWith("+40.1 filled");
    assertThat(node.asked).contains(new Query.EntriesIn(1, 24));
    assertThat(node.asked.stream().filter(query -> query instanceof Query.EntriesOf)).hasSize(16);
  }

  @Test
  void f24HalvesARangeThatIsTooMuch() {
    FollowerFixture node = new FollowerFixture(RESUMED, new FollowerStart.FromBlock(1), 1_000_000);
    for (int i = 0; i < 40; i++) node.mineQuietly(1);
    node.script(
        query ->
            query instanceof Query.EntriesIn(long from, long to) && to - from >= 5
                ? Optional.of(new Answer.TooMuch(OptionalLong.empty()))
                : Optional.empty());
    node.attach();
    assertThat(node.entries()).hasSize(40);
    assertThat(node.asked)
        .contains(new Query.EntriesIn(1, 24), new Query.EntriesIn(1, 12), new Query.EntriesIn(1, 6))
        .contains(new Query.EntriesIn(1, 3));
  }

  @Test
  void takesTheSpanThatTheNodeSuggests() {
    FollowerFixture node = new FollowerFixture(RESUMED, new FollowerStart.FromBlock(1), 1_000_000);
    for (int i = 0; i < 40; i++) node.mineQuietly(1);
    node.once(Query.EntriesIn.class, new Answer.TooMuch(OptionalLong.of(7)));
    node.attach();
    assertThat(node.entries()).hasSize(40);
    assertThat(node.asked).contains(new Query.EntriesIn(1, 24), new Query.EntriesIn(1, 7));
  }

  @Test
  void aSingleBlockThatIsTooMuchIsAGap() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mineQuietly(1);
    node.once(Query.EntriesOf.class, new Answer.TooMuch(OptionalLong.empty()));
    node.mine(1);
    assertThat(node.entries()).containsExactly("gap 6-6 PROVIDER_LIMIT", "+7.1 filled");
  }

  @Test
  void aSingleOldBlockThatIsTooMuchIsAGap() {
    FollowerFixture node = new FollowerFixture(RESUMED, new FollowerStart.FromBlock(1), 1_000_000);
    for (int i = 0; i < 20; i++) node.mineQuietly(1);
    node.script(
        query ->
            query instanceof Query.EntriesIn(long from, long to) && from <= 2 && to >= 2
                ? Optional.of(new Answer.TooMuch(OptionalLong.empty()))
                : Optional.empty());
    node.attach();
    assertThat(node.entries()).hasSize(20).startsWith("+1.1 filled", "gap 2-2 PROVIDER_LIMIT");
  }

  @Test
  void f24DoesNotBelieveAnEmptyAnswerForAPromisingBlock() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mineQuietly(1);
    node.once(Query.EntriesOf.class, new Answer.Entries(List.of()));
    node.head(node.mineQuietly(0));
    assertThat(node.entries()).isEmpty();
    node.pass(Duration.ofMillis(200));
    assertThat(node.entries()).containsExactly("+6.1 filled");
  }

  @Test
  void f24BeginsAnewWhenAnAnswerHoldsAForeignBlock() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    Block six = node.mineQuietly(1);
    Block seven = node.mineQuietly(1);
    List<ChainEntry> mixed = new ArrayList<>(six.logs());
    mixed.addAll(seven.logs());
    node.once(Query.EntriesOf.class, new Answer.Entries(mixed));
    node.head(seven);
    assertThat(node.entries()).isEmpty();
    node.pass(Duration.ofMillis(100));
    assertThat(node.entries()).containsExactly("+6.1 filled", "+7.1 filled");
  }

  @Test
  void f24BeginsAnewWhenTheHeadChangesMeanwhile() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    Block six = node.mineQuietly(1);
    boolean[] changed = {false};
    node.script(
        query -> {
          if (!changed[0] && query instanceof Query.EntriesOf) {
            changed[0] = true;
            Answer answer = node.truth(query);
            node.chain.revert(2);
            node.mineQuietly(1);
            node.mineQuietly(1);
            return Optional.of(answer);
          }
          return Optional.empty();
        });
    node.mineQuietly(1);
    node.detach();
    node.attach();
    node.pass(Duration.ofSeconds(1));
    assertThat(six.number()).isEqualTo(6);
    assertThat(node.entries())
        .containsExactly(
            "+6.1 filled",
            "+7.1 filled",
            "-7.1 reorg",
            "-6.1 reorg",
            "+6'.1 filled",
            "+7'.1 filled");
  }

  @Test
  void aChainThatNeverHoldsStillIsToldAsAGapAndFollowedOn() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mineQuietly(1);
    boolean[] torn = {true};
    node.script(
        query ->
            torn[0] && query instanceof Query.EntriesOf
                ? Optional.of(new Answer.UnknownBlock())
                : Optional.empty());
    node.mine(0);
    node.pass(Duration.ofSeconds(60));
    assertThat(node.entries()).startsWith("gap 6-7 UNSTABLE");
    torn[0] = false;
    node.pass(Duration.ofSeconds(30));
    assertThat(node.entries()).containsExactly("+6.1 filled");
  }

  @Test
  void asksForAnotherEndpointWhenThisOneDoesNotAnswer() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.script(_ -> Optional.of(new Answer.Failed(Duration.ZERO)));
    node.mineQuietly(1);
    node.mine(1);
    node.pass(Duration.ofMinutes(1));
    assertThat(node.failOvers).contains(FailOverCause.FAILS);
    node.script(_ -> Optional.empty());
    node.pass(Duration.ofMinutes(1));
    assertThat(node.entries()).containsExactly("+6.1 filled", "+7.1 filled");
  }

  @Test
  void waitsAsLongAsTheNodeSays() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.once(Query.Newest.class, new Answer.Failed(Duration.ofSeconds(20)));
    node.mineQuietly(1);
    node.mine(0);
    node.pass(Duration.ofSeconds(19));
    assertThat(node.entries()).isEmpty();
    node.pass(Duration.ofSeconds(2));
    assertThat(node.entries()).containsExactly("+6.1 filled");
  }

  @Test
  void aLateAnswerToAnEarlierQuestionChangesNothing() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mineQuietly(1);
    node.stopAnswering();
    node.mine(1);
    node.detach();
    node.answerOpen();
    assertThat(node.entries()).isEmpty();
    assertThat(node.follower.phase()).isEqualTo(ChainFollower.Phase.DETACHED);
    node.attach();
    assertThat(node.entries()).containsExactly("+6.1 filled", "+7.1 filled");
  }

  // Endpoints that lag

  @Test
  void anEndpointThatLagsIsNotAReorg() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    for (int i = 0; i < 5; i++) node.mine(1);
    node.entries();
    List<Block> behind = node.chain.branch().subList(0, 8);
    node.script(
        query ->
            query instanceof Query.Newest
                ? Optional.of(new Answer.Headers(List.of(behind.getLast().header())))
                : Optional.empty());
    node.detach();
    node.attach();
    node.pass(Duration.ofSeconds(29));
    assertThat(node.entries()).isEmpty();
    assertThat(node.failOvers).isEmpty();
    node.pass(Duration.ofSeconds(3));
    assertThat(node.failOvers).containsExactly(FailOverCause.LAGS);
    node.script(_ -> Optional.empty());
    node.pass(Duration.ofSeconds(5));
    assertThat(node.follower.phase()).isEqualTo(ChainFollower.Phase.LIVE);
    assertThat(node.entries()).isEmpty();
  }

  @Test
  void aHeadThatTheAskedNodeDoesNotKnowYetIsWaitedFor() {
    FollowerFixture node = FollowerFixture.at(RESUMED, 5);
    node.mineQuietly(1);
    node.script(
        query ->
            query instanceof Query.Newest
                ? Optional.of(new Answer.Headers(List.of(node.chain.branch().get(5).header())))
                : Optional.empty());
    node.mine(1);
    assertThat(node.entries()).isEmpty();
    node.script(_ -> Optional.empty());
    node.pass(Duration.ofSeconds(1));
    assertThat(node.entries()).containsExactly("+6.1 filled", "+7.1 filled");
  }

  // A consumer that is slow

  @Test
  void f26AStoppedConsumerCostsBoundedMemoryAndMissesNothing() {
    FollowerOptions options = RESUMED.withCapacity(1024);
    FollowerFixture node = new FollowerFixture(options, new FollowerStart.FromBlock(1), 1024);
    node.attach();
    int blocks = 2_000;
    for (int i = 0; i < blocks; i++) {
      node.mine(50);
      assertThat(node.follower.bytes()).isLessThan(options.ringBytes() + 2_000_000);
    }
    assertThat(node.tallies).containsKey(Tally.OVERFLOW);
    List<String> all = new ArrayList<>(node.entries());
    for (int i = 0; i < 500; i++) {
      node.room(1024);
      all.addAll(node.entries());
    }
    assertThat(all).doesNotHaveDuplicates().hasSize(blocks * 50);
    assertThat(node.follower.phase()).isEqualTo(ChainFollower.Phase.LIVE);
  }

  // Whole blocks

  @Test
  void tellsWholeBlocksInOrderAfterAskingForThem() {
    FollowerFixture node = FollowerFixture.at(EXACT, 5);
    Block six = node.mineQuietly(2);
    node.logs(six);
    assertThat(node.entries()).isEmpty();
    node.head(six);
    assertThat(node.told).containsExactly("+6.1 live", "+6.2 live", "=6");
    assertThat(node.asked).containsExactly(new Query.EntriesOf(six.hash(), 6));
  }

  @Test
  void asksNothingAboutABlockThatItsBloomExcludes() {
    FollowerFixture node = FollowerFixture.at(EXACT, 5);
    node.mine(0);
    assertThat(node.told).containsExactly("=6");
    assertThat(node.asked).isEmpty();
  }

  @Test
  void holdsABlockBackUntilItHasItsConfirmations() {
    FollowerFixture node = FollowerFixture.at(EXACT.withConfirmations(2), 5);
    node.mine(1);
    node.mine(1);
    assertThat(node.entries()).isEmpty();
    node.mine(1);
    assertThat(node.entries()).containsExactly("+6.1 live");
    node.chain.revert(2);
    node.mineQuietly(1);
    node.mineQuietly(1);
    node.mine(1);
    assertThat(node.entries()).containsExactly("+7'.1 filled");
  }

  @Test
  void followsTheFinalizedHead() {
    FollowerFixture node = FollowerFixture.at(EXACT.withFinality(FinalityTag.FINALIZED), 5);
    for (int i = 0; i < 4; i++) node.mine(1);
    assertThat(node.entries()).isEmpty();
    node.mine(1);
    assertThat(node.entries()).containsExactly("+6.1 filled");
  }

  // Heads

  @Test
  void f22TellsHeadsInOrderWithoutHolesOrRepetitions() {
    FollowerFixture node = FollowerFixture.at(HEADS, 5);
    for (int i = 0; i < 3; i++) node.mineQuietly(0);
    Block nine = node.mineQuietly(0);
    node.head(nine);
    assertThat(node.entries()).containsExactly("+6 filled", "+7 filled", "+8 filled", "+9 filled");
    node.head(nine);
    assertThat(node.entries()).isEmpty();
    node.chain.revert(1);
    node.head(node.mineQuietly(0));
    assertThat(node.entries()).containsExactly("-9 reorg", "+9' filled");
    node.chain.revert(3);
    node.head(node.mineQuietly(0));
    assertThat(node.entries()).containsExactly("-9' reorg", "-8 reorg", "-7 reorg", "+7' filled");
    node.mine(0);
    assertThat(node.entries()).containsExactly("+8' live");
  }

  // Cursors

  @Test
  void goesOnWhereItsCursorStood() {
    FollowerFixture node = FollowerFixture.at(EXACT, 5);
    node.mine(1);
    node.mine(1);
    Cursor cursor = node.cursor.orElseThrow();
    node.chain.revert(1);
    node.mineQuietly(1);
    node.mineQuietly(1);
    node.entries();
    node.replaceWith(EXACT, new FollowerStart.Resume(cursor));
    node.attach();
    assertThat(cursor.upTo().number()).isEqualTo(7);
    assertThat(node.entries()).containsExactly("-7.1 reorg", "+7'.1 filled", "+8.1 filled");
  }

  @Test
  void asksAgainAboutRememberedBlocksWhenTold() {
    FollowerFixture node = FollowerFixture.at(EXACT, 5);
    node.mine(1);
    node.mine(1);
    node.entries();
    node.asked.clear();
    node.feed(new FollowerInput.Recheck(6));
    assertThat(node.entries()).isEmpty();
    assertThat(node.asked.stream().filter(query -> query instanceof Query.EntriesOf)).hasSize(2);
  }
}
