//! What made-up people are called and where they live: some of it common, most of it rare.

use rand::Rng;
use rand::rngs::StdRng;

use super::one_of;

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Han,
}

const BEGINNINGS: [&str; 24] = [
    "Al", "Ber", "Cor", "Dal", "El", "Fer", "Gar", "Hol", "Is", "Jan", "Kal", "Lor", "Mar", "Nor",
    "Os", "Per", "Quin", "Ros", "Sal", "Tor", "Ul", "Ver", "Wal", "Zim",
];
const MIDDLES: [&str; 20] = [
    "a", "an", "be", "co", "da", "en", "er", "fi", "go", "in", "la", "le", "ma", "ni", "o", "ra",
    "ri", "sto", "ta", "vi",
];
const FAMILY_ENDINGS: [&str; 20] = [
    "berg", "dale", "field", "ford", "ham", "ini", "ković", "land", "ley", "man", "mann", "mond",
    "nez", "ough", "quist", "sen", "son", "ton", "wick", "zów",
];
const GIVEN_ENDINGS: [&str; 10] = ["a", "an", "as", "e", "el", "ia", "in", "o", "us", "y"];

/// Commonest first.
const HAN_FAMILIES: [&str; 48] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "罗", "高", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾",
    "肖", "田", "董", "潘", "袁", "蔡", "蒋", "余", "单", "仇", "解", "区", "查", "盖", "欧阳",
    "尉迟",
];
const HAN_GIVEN: [&str; 60] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀", "霞", "平", "刚", "桂", "英", "华", "玉", "兰", "红", "建", "国", "文", "志", "海",
    "燕", "云", "龙", "凤", "春", "梅", "雪", "慧", "晓", "东", "佳", "欣", "怡", "宇", "浩", "然",
    "子", "轩", "雨", "涵", "思", "远", "嘉", "豪", "俊", "鹏", "飞", "庆",
];

/// A place in a list in which the first are the commonest (roughly as Zipf found).
fn early(chance: &mut StdRng, length: usize) -> usize {
    let share: f64 = chance.random();
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    let place = (length as f64 * share * share * share) as usize;
    place.min(length - 1)
}

fn made(number: usize, endings: &[&str]) -> String {
    // Neighbouring numbers give unlike names.
    let number = number * 7919;
    let (begin, rest) = (number % BEGINNINGS.len(), number / BEGINNINGS.len());
    let (middle, rest) = (rest % MIDDLES.len(), rest / MIDDLES.len());
    let (second, rest) = (rest % MIDDLES.len(), rest / MIDDLES.len());
    let second = if rest % 2 == 0 { "" } else { MIDDLES[second] };
    format!(
        "{}{}{second}{}",
        BEGINNINGS[begin],
        MIDDLES[middle],
        endings[(rest / 2) % endings.len()]
    )
}

pub(super) fn family(script: Script, chance: &mut StdRng) -> String {
    match script {
        Script::Latin => made(early(chance, 60_000), &FAMILY_ENDINGS),
        Script::Han => HAN_FAMILIES[early(chance, HAN_FAMILIES.len())].to_owned(),
    }
}

pub(super) fn given(script: Script, chance: &mut StdRng) -> String {
    match script {
        Script::Latin => made(early(chance, 4_000), &GIVEN_ENDINGS),
        Script::Han => {
            let second = if chance.random_range(0..5) == 0 {
                ""
            } else {
                one_of(chance, &HAN_GIVEN)
            };
            format!("{}{second}", one_of(chance, &HAN_GIVEN))
        }
    }
}

pub(super) fn phone(script: Script, chance: &mut StdRng) -> String {
    match script {
        Script::Han => format!(
            "+861{}{:08}",
            chance.random_range(30..90),
            chance.random_range(0..100_000_000)
        ),
        Script::Latin => {
            let code = *one_of(chance, &["+44", "+49", "+33", "+351", "+61", "+1"]);
            format!("{code}7{:08}", chance.random_range(0..100_000_000))
        }
    }
}

/// An address of one's own, whatever one is called.
pub(super) fn email(number: u32, chance: &mut StdRng) -> String {
    let (name, domain) = (
        made(early(chance, 40_000), &GIVEN_ENDINGS),
        one_of(
            chance,
            &["mail.test", "post.test", "inbox.test", "home.test"],
        ),
    );
    format!("{}{}@{domain}", name.to_lowercase(), number % 9973)
}

pub(super) fn nationality(script: Script, chance: &mut StdRng) -> &'static str {
    let nationalities: &[&str] = match script {
        Script::Han => &["CN", "CN", "CN", "SG", "HK", "MO"],
        Script::Latin => &["GB", "GB", "DE", "FR", "PT", "PT", "AU", "US", "IT", "BR"],
    };
    nationalities[chance.random_range(0..nationalities.len())]
}

pub(super) fn company(chance: &mut StdRng) -> String {
    let number = early(chance, 20_000);
    format!(
        "{} {}",
        made(number, &FAMILY_ENDINGS),
        one_of(chance, &["Ltd", "GmbH", "Trading", "Works", "Partners"])
    )
}

pub(super) fn street(chance: &mut StdRng) -> String {
    made(early(chance, 30_000), &FAMILY_ENDINGS)
}

/// A town and its region.
pub(super) fn place(chance: &mut StdRng) -> (String, String) {
    let number = early(chance, 3_000);
    (
        format!("{}stad", made(number, &["", "e", "o", "ia"])),
        format!("R{}", number % 40),
    )
}

/// One of the postcodes of a town.
pub(super) fn postcode(city: &str, chance: &mut StdRng) -> String {
    let town: u32 = city
        .bytes()
        .fold(7, |sum, byte| (sum * 31 + u32::from(byte)) % 9_000);
    format!("{}{}", 1000 + town, chance.random_range(0..30))
}
