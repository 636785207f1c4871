# 默认规则集的简体中文措辞：每条规则一条消息，以规则 id 为名。变量见 en.ftl。

### 卡片用语

Guest = { $guest_title ->
    [mr] { $family }先生
    [ms] { $family }女士
    [mrs] { $family }女士
    [miss] { $family }小姐
    [dr] { $family }博士
    [prof] { $family }教授
   *[other] { $name }
}
Guest-unknown = 客人
Room = { $number }房
Room-unknown = 客房
# 一段文字里的几个值。
Several = { $before }、{ $next }
# 只用于本次入住的文字；句号随后补上。
This-stay = { $text }（仅限本次入住）
# 另一部门未按时确认的文字；`$department` 为其 id。
Escalated = { $department ->
    [floor] 客房部
    [front_desk] 前台
    [guest_relations] 宾客关系部
    [dining] 餐厅
    [kitchen] 厨房
    [bar] 酒吧
    [spa] 水疗
    [duty_manager] 值班经理
   *[other] { $department }
}尚未确认：{ $text }

### 安全：一律显示，绝不省略

food-allergy-table = 为{ $guest }上菜不得含{ $allergy-food }：过敏。
food-allergy-room = { $room }的水果、甜点和迷你吧不放{ $allergy-food }：过敏。
material-allergy-room = { $guest }到店前清走{ $room }的{ $allergy-material }：过敏。
material-allergy-spa = 为{ $guest }服务时不用{ $allergy-material }：过敏。
surroundings-allergy = 为{ $guest }排除{ $room }的{ $allergy-environment }：过敏。
no-medicine = 勿给{ $guest }任何药品药膏；请联系宾客关系部和医生。
medicine-briefing = 告知每位为{ $guest }诊治的医生：{ $allergy-medicine }过敏。
tell-nobody = 勿向任何人透露{ $guest }住在这里；查询一律转值班经理。
name-on-board-only = 只用此卡上的姓名；证件和邮件请问宾客关系部。
protection-briefing = 与{ $guest }商定谁可知道本次入住：{ $privacy-no_information }。
needed-notes-only = 只记录今天服务{ $guest }所需的内容。

### 前台：房间

facing-and-floor = 安排{ $guest }住{ $room-floor }楼{ $room-facing }的房间。
facing = 安排{ $guest }住{ $room-facing }的房间。
floor-number = 安排{ $guest }住{ $room-floor }楼的房间。
floor-level = 安排{ $guest }住{ $room-floor_level }的房间。
ask-facing = 询问{ $guest }喜欢哪种房间：{ $room-facing }。
bed = 为{ $guest }预留{ $room-bed_type }的房间。
ask-bed = 询问{ $guest }要哪种床：{ $room-bed_type }。
smoking = 为{ $guest }预留{ $room-smoking }。
place-on-floor = 按位置为{ $guest }选房：{ $room-location }。
place-avoided = 为{ $guest }选房时避开：{ $room-location }。
view = 安排{ $guest }住可看{ $room-view }的房间。
known-room = 如{ $room-favourite }房空着，留给{ $guest }。
known-room-avoided = 为{ $guest }另选房间，避开{ $room-favourite }房。
bathroom = 为{ $guest }预留有{ $amenity-bathroom }的房间。
lucky-number = 为{ $guest }选带{ $communication-lucky_number }的房号或钥匙牌。
unlucky-number = { $guest }的房号和楼层避开{ $communication-unlucky_number }。
step-free-room = 安排{ $guest }住近电梯、无台阶、平地淋浴的房间。

### 前台：到店与离店

registration = 为{ $guest }准备：{ $arrival-check_in }。
arrival-time = 提前备好{ $room }：{ $guest }通常{ $arrival-time }。
late-check-out = 主动提出为{ $guest }延迟退房。
express-check-out = 备好{ $guest }的账单，以便快速退房。
invoice = 备好{ $guest }的账单：{ $arrival-invoice }。
breakfast-to-go = 离店当天为{ $guest }打包早餐。
wake-up = 为{ $guest }安排{ $communication-wake_up }。
calls = 处理{ $guest }的来电留言：{ $privacy-messages }。
greeting-language = 用{ $communication-language }问候{ $guest }。
form-of-address = 按{ $guest }喜欢的方式称呼：{ $communication-address }。
quiet-reception = 低声接待{ $guest }，私下询问可帮什么忙。

### 接待客人的所有人：只说做什么，不说为什么

speak-clearly = 面对{ $guest }，把话说清楚。
say-who-you-are = 向{ $guest }报上姓名、说明路线，并提供大字资料。
way-without-steps = 扶{ $guest }一把，请先坐，走无台阶的路。
seat-and-luggage = 立即请{ $guest }坐下，接过行李。
ask-before-treatment = 为{ $guest }安排护理前先问宾客关系部。
ask-before-exertion = 为{ $guest }安排餐食或运动前先问宾客关系部。
no-cameras = 勿让镜头对着{ $guest }及同行者。

### 楼层：阅读

trade-papers = 在{ $room }为{ $guest }摆好最新的内地广告报刊。
advertising-papers = 在{ $room }为{ $guest }摆好最新的内地广告报刊。
trade-and-reading = 在{ $room }为{ $guest }摆好最新的内地广告报刊。
papers = 在{ $room }为{ $guest }摆放{ $reading-topic }读物。
newspaper = 每天早上送{ $reading-newspaper }到{ $room }。

### 楼层：备房

flowers = 在{ $room }为{ $guest }摆放{ $amenity-flower }。
flowers-avoided = { $room }不摆{ $amenity-flower }。
bath-gel = 在{ $room }为{ $guest }摆放{ $amenity-bath_scent }沐浴露。
bath-gel-avoided = 撤走{ $room }的{ $amenity-bath_scent }沐浴露。
toiletries = 在{ $room }浴室为{ $guest }添上：{ $amenity-toiletries }。
towels = 安排{ $room }的毛巾：{ $amenity-towels }。
pillow = 为{ $guest }铺床，配上{ $amenity-pillow }。
ask-pillow = 询问{ $guest }是否需要{ $amenity-pillow }。
bedding = 为{ $guest }铺床：{ $amenity-bedding }。
mattress = 为{ $guest }换上{ $room-bed_firmness }。
room-temperature = 为{ $guest }把室温调到：{ $room-temperature }。
room-air = 在{ $room }为{ $guest }备好：{ $amenity-air }。
light = 在{ $room }为{ $guest }调好灯光：{ $room-lighting }。
arrangement = 为{ $guest }布置{ $room }：{ $room-setup }。
slippers = 在{ $room }为{ $guest }摆好{ $amenity-slippers }。
bathrobe = 在{ $room }为{ $guest }挂好{ $amenity-robe }。
fruit = { $room }的果盘选{ $amenity-fruit }。
fruit-avoided = { $room }的果盘不放{ $amenity-fruit }。
welcome = 在{ $room }迎接{ $guest }，备好{ $amenity-welcome }。
welcome-none = 按{ $guest }的喜好，{ $room }不放迎宾品。
tea-in-room = 在{ $room }为{ $guest }备好{ $drink-tea }。
water-in-room = 在{ $room }为{ $guest }备好饮水：{ $drink-water }。
exercise = 在{ $room }为{ $guest }摆好{ $amenity-fitness }。
honeymoon-room = 把{ $room }布置成蜜月房。

### 楼层：日常

make-up-time = 按此时间打扫{ $room }：{ $room-housekeeping_time }。
turndown = 安排{ $guest }的夜床：{ $room-turndown }。
leave-in-peace = 请勿打扰{ $guest }：{ $privacy-do_not_disturb }。
entering = 按{ $guest }的意愿进{ $room }：{ $privacy-entry }。
sleep = 按{ $guest }的作息安排当天工作：{ $health-sleep }。
working-hours = 按{ $guest }的时间安排{ $room }的服务：{ $occupation-work_hours }。

### 所需：见到一次，当次即办；下次提前备好

shoe-kit = 在{ $room }放一套擦鞋用具，送给{ $guest }留用。
shoes-wet = 今天把{ $guest }的鞋烘干。
shoes-polish = 今晚主动为{ $guest }擦鞋。
shoes-repair = 主动提出为{ $guest }修鞋。
shoe-care-ready = 在{ $room }为{ $guest }备好：{ $amenity-shoe_care }。
laundry-now = 今天办好{ $guest }的洗衣：{ $amenity-laundry }。
laundry-ready = { $guest }到店时主动提供：{ $amenity-laundry }。
appliance-now = 马上送{ $amenity-appliance }到{ $room }。
appliance-ready = 在{ $room }为{ $guest }备好{ $amenity-appliance }。
work-kit-now = 马上送{ $amenity-work_kit }到{ $room }。
work-kit-ready = 在{ $room }为{ $guest }备好{ $amenity-work_kit }。
comfort-aid-now = 马上送{ $health-equipment }到{ $room }。
comfort-aid-ready = 在{ $room }为{ $guest }备好{ $health-equipment }。
children-now = 为孩子送{ $family-child_care }到{ $room }。
children-ready = 在{ $room }为孩子备好{ $family-child_care }。
high-chair = 在{ $guest }的餐桌旁放一把儿童餐椅。

### 餐饮：菜品

cuisine = { $guest }来用餐时推荐{ $dining-cuisine }。
cuisine-avoided = 向{ $guest }推荐{ $dining-cuisine }以外的菜。
condiment = 为{ $guest }备好{ $dining-condiment }。
dish = 向{ $guest }推荐曾经喜欢的{ $dining-dish }。
dish-doubtful = 给{ $guest }上{ $dining-dish }前先问一声。
dish-avoided = 勿向{ $guest }推荐{ $dining-dish }；请另荐一道。
ingredient-wanted = 向{ $guest }推荐有{ $dining-ingredient }的菜。
ingredient-doubtful = 给{ $guest }上含{ $dining-ingredient }的菜前先问一声。
ingredient-avoided = { $guest }的菜不放{ $dining-ingredient }。
taste = { $guest }的菜请调成：{ $dining-taste }。
taste-avoided = { $guest }的菜调味请避免：{ $dining-taste }。
diet = { $guest }的每一餐请按此安排：{ $dining-diet }。
diet-doubtful = 点菜前先问{ $guest }是否需要：{ $dining-diet }。
cooking = { $guest }的菜请这样做：{ $dining-cooking }。
late-snack = 深夜为{ $guest }备好{ $dining-late_snack }。

### 餐饮：餐桌

table = 为{ $guest }留座：{ $dining-seating }。
breakfast = 为{ $guest }备好早餐：{ $dining-breakfast }。
breakfast-place = 安排{ $guest }的早餐：{ $dining-breakfast_place }。
meal-time = 准备好{ $guest }的{ $dining-meal_time }。
pace = 照顾{ $guest }的用餐节奏：{ $dining-meal_pace }。
portion = 给{ $guest }上{ $dining-portion }。
place-setting = 为{ $guest }摆好餐具：{ $dining-tableware }。
birthday-table = 到{ $guest }的餐桌送上生日祝福。
anniversary-table = 到{ $guest }的餐桌送上周年纪念祝福。

### 餐饮与酒吧：饮品

tea = 用餐时为{ $guest }奉上{ $drink-tea }。
coffee = 餐后为{ $guest }送上{ $drink-coffee }。
milk = { $guest }的咖啡和麦片配{ $drink-milk }。
wine = 为{ $guest }备好{ $drink-alcohol }。
without-alcohol = 向{ $guest }推荐无酒精饮品。
soft-drink = 为{ $guest }备好{ $drink-soft }。

### 礼宾

hobby = 为{ $guest }备好一个与{ $interest-hobby }有关的建议。
sport = 为{ $guest }找好{ $interest-sport }的时间和场地。
sights = { $guest }有空时推荐：{ $interest-sightseeing }。
shops = 向{ $guest }推荐一处购物：{ $interest-shopping }。
evening = 向{ $guest }推荐晚间去处：{ $interest-entertainment }。
music = 为{ $guest }选播{ $interest-music }。

### 水疗

treatment = 为{ $guest }预留{ $interest-wellness }的时间。
massage-pressure = 为{ $guest }按摩用{ $health-massage_pressure }。

### 交通

way-here = 安排{ $guest }来店的行程：{ $arrival-transfer }。
car = 为{ $guest }备好用车：{ $arrival-vehicle }。
car-to-airport = 离店时主动为{ $guest }安排送机。
luggage = 照惯例处理{ $guest }的行李：{ $arrival-luggage }。

### 宾客关系

birthday-in-stay = 查看{ $guest }的生日（{ $family-birthday }）是否在住店期间。
manner = 告知服务{ $guest }的同事：{ $communication-manner }。
health-briefing = 私下与{ $guest }商定安排：{ $health-condition }。

# --- 按时提示 ---

see-the-room = 在{ $guest }到店前，亲自查看{ $room }。
after-the-move = 询问{ $guest }对{ $room }是否满意。
another-week = 询问{ $guest }这一周住得如何，还缺什么。
birthday-today = 今天是{ $guest }的生日，送上祝贺。
anniversary-today = 今天是{ $guest }的结婚纪念日，送上祝贺。
thank-who-came-back = 致信{ $guest }：感谢再次光临，并询问住店感受。
