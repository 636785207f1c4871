use cardex_wire::board::RankingView;

use super::super::board::tests::board;
use super::*;

#[test]
fn every_factor_of_a_line_is_told() {
    let mut board = board();
    board.items[1].score = 38_016;
    board.items[1].ranking = Some(RankingView {
        probability_ppm: 640_000,
        taken_up_quarters: 8,
        turned_down_quarters: 1,
        benefit: 2,
        cost: 1,
        urgency_percent: 50,
        shown_days_ago: Some(10),
        declines: 1,
    });
    let expected = "\
1012  庄先生  2026-11-20 – 2026-11-23  in house  ●  floor · s00000000000000000000000000 · revision 9
  1. No nuts in the room
     papers: safety comes first and is never cut; score 0.000001 among safety
  2. Lay out the advertising papers
     papers: score 0.038016 = worth × urgency × novelty × declines
     right 64 % × taken up 90 % (so far 2 times, not 0.25 times) = 58 %
     worth 0.737: 2 when right, costs 1 when wrong, so it pays from 33 % on
     urgency 50 %
     novelty 21 %: shown in another stay 10 days ago, and nothing learnt since
     declined in 1 other stay: halved for each
";
    assert_eq!(ranked(&board, Style::PLAIN), expected);
}
